# A call of the webhook on a connection: proof, options, retries.

$script:MostTries = 5
$script:LongestWaitSeconds = 300

function Resolve-MfaConnection($Cmdlet, [string] $Name) {
    if ($script:Connections.ContainsKey($Name)) { return $script:Connections[$Name] }
    $known = ($script:Connections.Keys | Sort-Object) -join ', '
    $hint = 'Connect with Connect-MfaWebhook first.'
    if ($known) { $hint = "Your connections are: $known. Name one with -Connection." }
    Stop-MfaCommand $Cmdlet 'notConnected' 'ConnectionError' "There is no connection '$Name'. $hint"
}

# The answer, whatever it says. A 503 or 429 is tried again when its Retry-After says so, and nothing else is.
function Invoke-MfaCall($Connection, [string] $Method, [string] $Path, [string] $Query = '', [Collections.IDictionary] $Header = @{}, [byte[]] $Body, [string] $ContentType) {
    $uri = [uri] "$($Connection.Base)/$Path$(if ($Query) { "?$Query" })"
    for ($try = 1; ; $try++) {
        $sent = [ordered] @{ 'x-functions-key' = $Connection.FunctionKey; 'User-Agent' = Get-MfaUserAgent }
        foreach ($name in $Header.Keys) { $sent[$name] = $Header[$name] }
        foreach ($pair in (Get-MfaProof $Connection $Method $Path $Body).GetEnumerator()) { $sent[$pair.Key] = $pair.Value }
        Write-Verbose "$Method $uri"
        $answer = Send-MfaHttp $Method $uri $sent $Body $ContentType
        $wait = $answer.RetryAfter
        $isWorthIt = $answer.Status -in 429, 503 -and $null -ne $wait -and $wait -le $script:LongestWaitSeconds
        if (-not $isWorthIt -or $try -ge $script:MostTries) { return $answer }
        Wait-MfaRetry $answer $wait
    }
}

function Get-MfaUserAgent { "MfaWebhook/$($MyInvocation.MyCommand.Module.Version) PowerShell/$($PSVersionTable.PSVersion)" }

function Wait-MfaRetry($Answer, [double] $Seconds) {
    $code = Get-MfaMember $Answer.Json 'code'
    Write-Verbose "HTTP $($Answer.Status) $code, again in $Seconds seconds"
    $until = [DateTime]::UtcNow.AddSeconds($Seconds)
    try {
        while (($left = ($until - [DateTime]::UtcNow).TotalSeconds) -gt 0) {
            Write-Progress -Activity 'MFA webhook' -Status "HTTP $($Answer.Status) $code, trying again" -SecondsRemaining $left
            Start-Sleep -Milliseconds ([int] [Math]::Min(1000, 1000 * $left))
        }
    }
    finally { Write-Progress -Activity 'MFA webhook' -Completed }
}

# The headers that say who calls. What is signed is the body, of a call without one its method and path.
function Get-MfaProof($Connection, [string] $Method, [string] $Path, [byte[]] $Body) {
    switch ($Connection.Proof) {
        'Handshake' { return @{ $Connection.HandshakeHeader = $Connection.Secret } }
        'Token' { return @{ Authorization = $Connection.Secret } }
    }
    $content = $Body
    if ($null -eq $content) { $content = [Text.Encoding]::UTF8.GetBytes("$Method /api/$([uri]::UnescapeDataString($Path))") }
    $id = 'msg_' + [guid]::NewGuid().ToString('N')
    $timestamp = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds().ToString([cultureinfo]::InvariantCulture)
    @{
        'webhook-caller'    = $Connection.Caller
        'webhook-id'        = $id
        'webhook-timestamp' = $timestamp
        'webhook-signature' = Get-MfaSignature $Connection.Secret $id $timestamp $content
    }
}
