# Functions for Windows PowerShell 5.1 and PowerShell 7; docs/powershell.md shows how to use them. Set these first:
#   $MfaWebhook = 'https://<app>.azurewebsites.net/api'
#   $MfaHeaders = @{ Message = $handshake; 'x-functions-key' = $key }

function Send-MfaRequest {                         # one HTTP request; an error has the whole answer in TargetObject
    param([string] $Path, [string] $Method = 'Get', [byte[]] $Body, [string] $ContentType)
    $points = [Net.ServicePointManager]
    if ([int] $points::SecurityProtocol -ne 0) {   # 5.1 may begin with TLS 1.0; 0 means that the system decides
        $points::SecurityProtocol = $points::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    }
    $request = @{
        UseBasicParsing = $true; Method = $Method; Uri = "$MfaWebhook/$Path"; Headers = $MfaHeaders
        TimeoutSec = 230; MaximumRedirection = 0; ErrorAction = 'Stop'
    }
    if ($Body) { $request += @{ Body = $Body; ContentType = $ContentType } }
    try {
        $answer = Invoke-WebRequest @request
    }
    catch {
        $text = "$($_.ErrorDetails)"
        if (-not $text -and $_.Exception -is [Net.WebException] -and $_.Exception.Response) {       # some answers in 5.1
            $stream = $_.Exception.Response.GetResponseStream()
            if ($stream.CanSeek) { $stream.Position = 0 }
            $text = (New-Object IO.StreamReader $stream).ReadToEnd()
        }
        if ($text.TrimStart() -notlike '{*') { throw }
        $problem = ConvertFrom-Json $text
        $lines = @("$($problem.status) $($problem.code): $($problem.detail) (correlationId $($problem.correlationId))")
        if ($problem.PSObject.Properties['errors']) {
            $lines += $problem.errors | ForEach-Object { "$($_.pointer): $($_.detail)" }
        }
        throw (New-Object Management.Automation.ErrorRecord (New-Object Exception ($lines -join "`n")),
            "$($problem.code)", 'InvalidResult', $problem)
    }
    $report = ConvertFrom-Json $answer.Content
    $report | Add-Member -NotePropertyName httpStatus -NotePropertyValue ([int] $answer.StatusCode)
    $report
}

function Send-MfaBody {                            # a list or a table; follows the job that a long list becomes
    param([string] $Path, [byte[]] $Body, [string] $ContentType, [switch] $DryRun)
    if ($DryRun) { $Path += '?dryRun=true' }
    $report = Send-MfaRequest $Path Post $Body $ContentType
    if ($report.httpStatus -eq 202) { Receive-MfaJob $report.jobId } else { $report.results }
}

function Receive-MfaJob {                          # waits for a job and returns the result of every user
    param([Parameter(Mandatory)] [string] $JobId)
    $page = "jobs/$JobId/result"
    while ($page) {
        $report = Send-MfaRequest $page
        if ($report.httpStatus -eq 202) { Start-Sleep -Seconds 5; continue }
        $report.results
        $page = "$($report.nextLink)" -replace '^.*?/api/'
    }
}

function Send-MfaList {
    param([string] $Path, [object[]] $Entries, [switch] $DryRun)
    if (-not $Entries) { return }
    $json = ConvertTo-Json -Depth 3 -InputObject $Entries
    Send-MfaBody $Path ([Text.Encoding]::UTF8.GetBytes($json)) 'application/json; charset=utf-8' -DryRun:$DryRun
}

function Get-MfaConsent {                          # Yes, No, or DryRun for -WhatIf
    param($Cmdlet, [string] $Target)
    $reason = [Management.Automation.ShouldProcessReason]::None
    $verb = "$($Cmdlet.MyInvocation.MyCommand)"
    if ($Cmdlet.ShouldProcess("$verb on $Target", "$verb on ${Target}?", 'Confirm', [ref] $reason)) { return 'Yes' }
    if ($reason -eq 'WhatIf') { 'DryRun' } else { 'No' }
}

function Sync-MfaPhone {                           # a list of users; the directory decides
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, ValueFromPipeline)] [object[]] $User)
    begin { $entries = New-Object Collections.Generic.List[object] }
    process {
        foreach ($one in $User) {
            if ($one -isnot [string]) { $one = $one.UserPrincipalName }             # of Get-ADUser, Get-MgUser
            $id = [guid]::Empty
            $name = if ([guid]::TryParse($one, [ref] $id)) { 'id' } else { 'UserPrincipalName' }
            $entries.Add(@{ $name = "$one" })
        }
    }
    end {
        $consent = Get-MfaConsent $PSCmdlet "$($entries.Count) users"
        if ($consent -ne 'No') { Send-MfaList 'reconcile' $entries.ToArray() -DryRun:($consent -eq 'DryRun') }
    }
}

function Set-MfaMethod {                           # objects with values; needs the right explicit
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, ValueFromPipeline)] [psobject] $User, [string[]] $Remove = @())
    begin { $entries = New-Object Collections.Generic.List[object] }
    process {
        if ($User -is [Collections.IDictionary]) { $User = [pscustomobject] $User }
        $given = $User.PSObject.Properties
        $entry = [ordered]@{ userPrincipalName = "$($User.UserPrincipalName)" }
        foreach ($name in 'mobile', 'alternateMobile', 'office', 'email') {
            if (-not $given[$name] -or "$($given[$name].Value)" -eq '') { continue }                # left alone
            if ($given[$name].Value -isnot [string]) {
                throw "$name of $($User.UserPrincipalName) is a number; write it in quotes, with its plus sign."
            }
            $entry[$name] = $given[$name].Value
        }
        if ($given['smsSignIn'] -and $User.smsSignIn -is [bool]) { $entry['smsSignIn'] = $User.smsSignIn }
        foreach ($name in $Remove) { $entry[$name] = $null }
        $entries.Add($entry)
    }
    end {
        $consent = Get-MfaConsent $PSCmdlet "$($entries.Count) users"
        if ($consent -ne 'No') { Send-MfaList 'set' $entries.ToArray() -DryRun:($consent -eq 'DryRun') }
    }
}

function Send-MfaTable {                           # a CSV file as it is; needs the right explicit
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)] [string] $Path)
    $bytes = [IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).ProviderPath)
    $consent = Get-MfaConsent $PSCmdlet $Path
    if ($consent -ne 'No') { Send-MfaBody 'set' $bytes 'text/csv' -DryRun:($consent -eq 'DryRun') }
}
