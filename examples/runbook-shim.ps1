# A runbook that forwards what the webhook of the old one gets, for callers whose URL cannot change. Its output has the job.
# The Automation account needs two encrypted variables: MfaWebhookUri (https://<app>.azurewebsites.net/api), MfaWebhookKey.
param([Parameter(Mandatory)] [object] $WebhookData)
$ErrorActionPreference = 'Stop'
if ($WebhookData -is [string]) { $WebhookData = ConvertFrom-Json $WebhookData }    # as the test pane gives it
$key = Get-AutomationVariable -Name MfaWebhookKey
$call = @{
    Uri = "$(Get-AutomationVariable -Name MfaWebhookUri)/reconcile?async=true"
    Method = 'Post'
    Headers = @{ Message = $WebhookData.RequestHeader.message; 'x-functions-key' = $key }
    ContentType = 'application/json'
    Body = [Text.Encoding]::UTF8.GetBytes($WebhookData.RequestBody)
    UseBasicParsing = $true
    MaximumRedirection = 0       # a redirect would carry both secrets to another host
}
Invoke-RestMethod @call | ConvertTo-Json
