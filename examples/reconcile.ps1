# One call without the module, for Windows PowerShell 5.1 and PowerShell 7. The module MfaWebhook does more: docs/powershell.md.
#   .\reconcile.ps1 https://<app>.azurewebsites.net/api anna.andersson@contoso.com, bjorn.berg@contoso.com -DryRun
# The environment holds FUNCTION_KEY and HANDSHAKE.
param([Parameter(Mandatory)] [uri] $Uri, [Parameter(Mandatory)] [string[]] $User, [switch] $DryRun)
$ErrorActionPreference = 'Stop'                # a refusal ends the script, with exit code 1
$points = [Net.ServicePointManager]
if ([int] $points::SecurityProtocol -ne 0) {   # 5.1 may begin with TLS 1.0; 0 means that the system decides
    $points::SecurityProtocol = $points::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
}
$call = @{
    Uri = "$Uri/reconcile?dryRun=$($DryRun.ToString().ToLower())"
    Method = 'Post'
    Headers = @{ 'x-functions-key' = $env:FUNCTION_KEY; Message = $env:HANDSHAKE }
    ContentType = 'application/json'
    Body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $User))
    UseBasicParsing = $true
    MaximumRedirection = 0       # a redirect would carry both secrets to another host
}
$answer = Invoke-RestMethod @call
if ($answer.PSObject.Properties['results']) { $answer.results } else { $answer }
