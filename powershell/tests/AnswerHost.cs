// A host that answers questions, and notes what it was asked and shown. C# 5, for Windows PowerShell 5.1 as well.
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

public class AnswerUI : PSHostUserInterface
{
    public int Answer;
    public List<string> Asked = new List<string>();
    public List<string> Progress = new List<string>();

    public override PSHostRawUserInterface RawUI { get { return null; } }
    public override string ReadLine() { return ""; }
    public override SecureString ReadLineAsSecureString() { return new SecureString(); }
    public override void Write(string value) { }
    public override void Write(ConsoleColor foreground, ConsoleColor background, string value) { }
    public override void WriteLine(string value) { }
    public override void WriteErrorLine(string value) { }
    public override void WriteDebugLine(string message) { }
    public override void WriteVerboseLine(string message) { }
    public override void WriteWarningLine(string message) { }
    public override void WriteProgress(long source, ProgressRecord record)
    {
        Progress.Add(record.Activity + "|" + record.StatusDescription + "|" + record.PercentComplete + "|" + record.RecordType);
    }
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> fields)
    {
        return new Dictionary<string, PSObject>();
    }
    public override PSCredential PromptForCredential(string caption, string message, string user, string target) { return null; }
    public override PSCredential PromptForCredential(string caption, string message, string user, string target,
        PSCredentialTypes types, PSCredentialUIOptions options) { return null; }
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int preset)
    {
        Asked.Add(message);
        return Answer;
    }
}

public class AnswerHost : PSHost
{
    public AnswerUI Answers = new AnswerUI();
    private Guid id = Guid.NewGuid();

    public override string Name { get { return "AnswerHost"; } }
    public override Version Version { get { return new Version(1, 0); } }
    public override Guid InstanceId { get { return id; } }
    public override PSHostUserInterface UI { get { return Answers; } }
    public override CultureInfo CurrentCulture { get { return CultureInfo.InvariantCulture; } }
    public override CultureInfo CurrentUICulture { get { return CultureInfo.InvariantCulture; } }
    public override void SetShouldExit(int code) { }
    public override void EnterNestedPrompt() { }
    public override void ExitNestedPrompt() { }
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }
}
