$MfaWebhook = 'https://<app>.azurewebsites.net/api'
$MfaHeaders = @{ Message = $handshake; 'x-functions-key' = $key }

function Send-MfaRequest {
    param([string] $Path, [byte[]] $Body, [string] $ContentType, [switch] $DryRun)
    $points = [Net.ServicePointManager]            # 5.1 may begin with TLS 1.0
    $points::SecurityProtocol = $points::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $uri = "$MfaWebhook/$Path"
    if ($DryRun) { $uri += '?dryRun=true' }
    try {
        $answer = Invoke-WebRequest -UseBasicParsing -Method Post -Uri $uri -Headers $MfaHeaders `
            -ContentType $ContentType -Body $Body -TimeoutSec 230 -ErrorAction Stop
    }
    catch {
        $text = "$($_.ErrorDetails.Message)"
        if (-not $text -and $_.Exception.Response -is [Net.HttpWebResponse]) {      # some answers in 5.1
            $stream = $_.Exception.Response.GetResponseStream()
            if ($stream.CanSeek) { $stream.Position = 0 }
            $text = (New-Object IO.StreamReader $stream).ReadToEnd()
        }
        if ($text -notlike '{*') { throw }
        $problem = ConvertFrom-Json $text
        $faults = @($problem.errors | Where-Object { $_ } | ForEach-Object { "$($_.pointer): $($_.detail)" })
        throw (@("$($problem.status) $($problem.code): $($problem.detail)") + $faults -join "`n")
    }
    (ConvertFrom-Json $answer.Content).results
}

function Send-MfaList {
    param([string] $Path, [object[]] $Entries, [switch] $DryRun)
    for ($i = 0; $i -lt $Entries.Count; $i += 200) {                                # INLINE_USERS
        $json = ConvertTo-Json -Depth 3 -InputObject @($Entries | Select-Object -Skip $i -First 200)
        Send-MfaRequest $Path ([Text.Encoding]::UTF8.GetBytes($json)) 'application/json; charset=utf-8' -DryRun:$DryRun
    }
}

function Sync-MfaPhone {                           # a list of users; the directory decides
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, ValueFromPipeline)] [object[]] $User)
    begin { $entries = @() }
    process {
        foreach ($one in $User) {
            if ($one -isnot [string]) { $one = $one.UserPrincipalName }             # of Get-ADUser, Get-MgUser
            $entries += @{ UserPrincipalName = "$one" }
        }
    }
    end { Send-MfaList 'reconcile' $entries -DryRun:(-not $PSCmdlet.ShouldProcess("$($entries.Count) users")) }
}

function Set-MfaMethod {                           # objects with values; needs the explicit handshake in $MfaHeaders
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, ValueFromPipeline)] [psobject] $User, [string[]] $Remove = @())
    begin { $entries = @() }
    process {
        $entry = [ordered]@{ userPrincipalName = "$($User.UserPrincipalName)" }
        foreach ($name in 'mobile', 'alternateMobile', 'office', 'email') {
            if ("$($User.$name)") { $entry[$name] = "$($User.$name)" }              # nothing there: left alone
        }
        if ($User.smsSignIn -is [bool]) { $entry['smsSignIn'] = $User.smsSignIn }
        foreach ($name in $Remove) { $entry[$name] = $null }
        $entries += , $entry
    }
    end { Send-MfaList 'set' $entries -DryRun:(-not $PSCmdlet.ShouldProcess("$($entries.Count) users")) }
}

function Send-MfaTable {                           # a CSV file as it is; needs the explicit handshake in $MfaHeaders
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)] [string] $Path)
    $bytes = [IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).ProviderPath)
    Send-MfaRequest 'set' $bytes 'text/csv' -DryRun:(-not $PSCmdlet.ShouldProcess($Path))
}
