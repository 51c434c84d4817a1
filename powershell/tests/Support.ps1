# What all tests share. The sandbox runs already: tests/powershell starts it, and says where in MFA_TEST_SETTINGS.
Set-StrictMode -Version 3
$ProgressPreference = 'SilentlyContinue'
Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'MfaWebhook', 'MfaWebhook.psd1')) -Force
$Sandbox = [IO.File]::ReadAllText($env:MFA_TEST_SETTINGS) | ConvertFrom-Json

function ConvertTo-Secret([string] $Text) { (New-Object Net.NetworkCredential '', $Text).SecurePassword }

# As the caller whose values are decided by nobody else; other callers by their name.
function Connect-Sandbox {
    $common = @{ Uri = $Sandbox.url; FunctionKey = (ConvertTo-Secret $Sandbox.key) }
    foreach ($name in 'handshake', 'explicit', 'feed', 'board') {
        $null = Connect-MfaWebhook @common -Handshake (ConvertTo-Secret $Sandbox.$name) -Name $name
    }
    $null = Connect-MfaWebhook @common -Handshake (ConvertTo-Secret $Sandbox.explicit)
    $null = Connect-MfaWebhook @common -Caller hr-system -SigningSecret (ConvertTo-Secret $Sandbox.signingSecret) -Name hr
    $null = Connect-MfaWebhook @common -AccessToken (ConvertTo-Secret $Sandbox.token) -Name iam
    $null = Connect-MfaWebhook @common -Handshake (ConvertTo-Secret 'sandbox-wrong-not-real') -Name wrong
}

function Invoke-Control([string] $Method, [string] $Path, $Body) {
    $call = @{ Method = $Method; Uri = $Path; UseBasicParsing = $true }
    if ($null -ne $Body) { $call.Body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $Body -Depth 9)) }
    $answer = Invoke-WebRequest @call
    # Content is text in one edition and bytes in the other, for some types.
    ConvertFrom-Json ([Text.Encoding]::UTF8.GetString($answer.RawContentStream.ToArray()))
}

function Reset-Sandbox {
    $null = Invoke-Control POST "$($Sandbox.control)/reset"
    $null = Invoke-Control DELETE "$($Sandbox.url)/_relay/requests"
    $null = Invoke-Control DELETE "$($Sandbox.url)/_relay/answers"
    Connect-Sandbox
}

# What the relay answers instead of the webhook, to so many calls whose method and path match, after the first ones.
function Add-Answer([int] $Status, $Body = '', [hashtable] $Headers = @{}, [int] $Times = 1, [string] $Path = '', [string] $Type = 'application/problem+json', [int] $After = 0, [switch] $Close) {
    if ($Body -isnot [string]) { $Body = ConvertTo-Json -InputObject $Body -Depth 9 }
    if ($Body) { $Headers = $Headers + @{ 'Content-Type' = $Type } }
    $null = Invoke-Control POST "$($Sandbox.url)/_relay/answers" @{
        status = $Status; body = $Body; headers = $Headers; times = $Times; after = $After; path = $Path; close = [bool] $Close
    }
}

# What was sent, in its order: method, path, headers, body.
function Get-Sent {
    foreach ($sent in Invoke-Control GET "$($Sandbox.url)/_relay/requests") {
        $sent.body = [Text.Encoding]::UTF8.GetString([Text.Encoding]::GetEncoding(28591).GetBytes($sent.body))
        $sent
    }
}

function Get-SentCalls { @(Get-Sent | ForEach-Object { "$($_.method) $($_.path -replace '[0-9a-f]{8}-[0-9a-f-]{27}', '{id}')" }) }

function Get-Header($Sent, [string] $Name) {
    $found = $Sent.headers.PSObject.Properties[$Name]
    if ($null -ne $found) { $found.Value }
}

# What was written into the tenant, as "method user target number".
function Get-Writes {
    @(foreach ($write in Invoke-Control GET "$($Sandbox.control)/writes") {
            "$($write.method) $($write.user) $($write.target) $($write.phone_number)".TrimEnd()
        })
}

function Get-Registered([string] $User, [string] $Method = 'mobile') {
    $found = (Invoke-Control GET "$($Sandbox.control)/users/$([uri]::EscapeDataString($User))").phoneMethods.PSObject.Properties[$Method]
    if ($null -ne $found) { $found.Value.phoneNumber }
}

function Get-ObjectId([string] $User) {
    (Invoke-Control GET "$($Sandbox.control)/users/$([uri]::EscapeDataString($User))").id
}

# Ten users more than any limit lets one request take a number from.
function Get-Crowd([int] $Count = 13) {
    $users = Invoke-Control GET "$($Sandbox.control)/state"
    @($users.users.PSObject.Properties | Where-Object { $_.Value.phoneMethods.PSObject.Properties['mobile'] -and -not $_.Value.phoneMethods.PSObject.Properties['alternateMobile'] -and $_.Name -notlike 'svc-*' -and $_.Name -notlike '*#EXT#*' } |
            Select-Object -First $Count -ExpandProperty Name)
}

# The error that a script ends with.
function Get-Failure([scriptblock] $Script) {
    try { $null = & $Script } catch { return $_ }
    throw 'There was no error.'
}

# Runs a script in a host that answers questions with Yes (0) or No (2), under strict mode. One runspace for all tests.
function Invoke-Answering([int] $Answer, [string] $Script) {
    if (-not ('AnswerHost' -as [type])) {
        Add-Type -TypeDefinition ([IO.File]::ReadAllText("$PSScriptRoot/AnswerHost.cs")) -ReferencedAssemblies $HostReferences
    }
    if ($null -eq (Get-Variable -Name AnsweringShell -Scope Global -ErrorAction Ignore)) {
        $global:AnsweringHost = New-Object AnswerHost
        $global:AnsweringShell = [powershell]::Create()
        $global:AnsweringShell.Runspace = [Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($global:AnsweringHost)
        $global:AnsweringShell.Runspace.Open()
        $null = $global:AnsweringShell.AddScript(". '$PSScriptRoot/Support.ps1'; Connect-Sandbox; `$ProgressPreference = 'Continue'").Invoke()
    }
    $shell = $global:AnsweringShell
    $shell.Commands.Clear()
    $shell.Streams.ClearStreams()
    $answers = $global:AnsweringHost.Answers
    $answers.Answer = $Answer
    $answers.Asked.Clear()
    $answers.Progress.Clear()
    $output = @($shell.AddScript($Script).Invoke())
    [pscustomobject] @{
        Output = $output; Asked = @($answers.Asked); Progress = @($answers.Progress)
        Errors = @($shell.Streams.Error); Warnings = @($shell.Streams.Warning | ForEach-Object { "$_" })
    }
}

$HostReferences = @([psobject].Assembly.Location)
if ($PSVersionTable.PSEdition -eq 'Core') {
    $HostReferences += 'System.Collections', 'System.ObjectModel', 'System.Runtime', 'System.Console', 'System.Security'
}

# As Get-ADUser and Get-MgUser return them, as far as a caller can see.
function New-AdUser([string] $Upn, [hashtable] $More = @{}) {
    $user = [ordered] @{
        PSTypeName = 'Microsoft.ActiveDirectory.Management.ADUser'; DistinguishedName = "CN=$Upn,DC=contoso,DC=com"; Enabled = $true
        GivenName = 'Given'; Name = 'Given Sur'; ObjectClass = 'user'; ObjectGUID = [guid]::NewGuid(); SamAccountName = 'sam'
        SID = 'S-1-5-21-1'; Surname = 'Sur'; UserPrincipalName = $Upn
    }
    foreach ($key in $More.Keys) { $user[$key] = $More[$key] }
    [pscustomobject] $user
}

function New-MgUser([string] $Upn, [string] $Id) {
    [pscustomobject] @{
        PSTypeName = 'Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser'; Id = $Id; UserPrincipalName = $Upn; DisplayName = 'Display'
        Mail = 'mail@contoso.com'; MobilePhone = '+46 701740600'; OfficeLocation = 'Hall 1'; BusinessPhones = @(); AccountEnabled = $null
        AdditionalProperties = @{}
    }
}
