# Signed calls (Standard Webhooks) for Windows PowerShell 5.1 and PowerShell 7. Set these first:
#   $MfaWebhook = 'https://<app>.azurewebsites.net/api'; $MfaKey = $functionKey
#   $MfaCaller = 'helpdesk'                        # a name in the setting CALLERS
#   $MfaSecret = $secret                           # the Key Vault secret webhook-caller-helpdesk
# Then: Send-MfaSigned reconcile @{ users = @('anna.andersson@contoso.com'); dryRun = $true }

function Get-MfaSignature {                        # the content is the body; without one, 'GET /api/jobs/<id>' as bytes
    param([string] $Secret, [string] $Id, [string] $Timestamp, [byte[]] $Content)
    [byte[]] $key = [Text.Encoding]::UTF8.GetBytes($Secret)
    if ($Secret -clike 'whsec_*') {
        $base64 = $Secret.Substring(6).TrimEnd('=')
        $key = [Convert]::FromBase64String($base64.PadRight(($base64.Length + 3) -band -4, '='))
    }
    [byte[]] $text = [Text.Encoding]::UTF8.GetBytes("$Id.$Timestamp.") + $Content
    $hmac = New-Object Security.Cryptography.HMACSHA256 (, $key)
    'v1,' + [Convert]::ToBase64String($hmac.ComputeHash($text))
}

function Send-MfaSigned {                          # one list; the answer is status and body
    param([string] $Operation, [hashtable] $Body, [string] $Path = $Operation)     # apply: 'jobs/<id>/apply'
    Add-Type -AssemblyName System.Net.Http
    $points = [Net.ServicePointManager]
    if ([int] $points::SecurityProtocol -ne 0) {   # 5.1 may begin with TLS 1.0; 0 means that the system decides
        $points::SecurityProtocol = $points::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    }
    $json = ConvertTo-Json -Depth 9 -Compress -InputObject (@{ operation = $Operation } + $Body)
    [byte[]] $bytes = [Text.Encoding]::UTF8.GetBytes($json)                        # made once, signed and sent
    $id = 'msg_' + [guid]::NewGuid().ToString('N')
    $timestamp = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds().ToString()
    $request = New-Object Net.Http.HttpRequestMessage ([Net.Http.HttpMethod]::Post), "$MfaWebhook/$Path"
    $request.Content = New-Object Net.Http.ByteArrayContent (, $bytes)
    $request.Content.Headers.ContentType = 'application/json'
    $headers = @{
        'webhook-id' = $id; 'webhook-timestamp' = $timestamp; 'webhook-caller' = $MfaCaller; 'x-functions-key' = $MfaKey
        'webhook-signature' = Get-MfaSignature $MfaSecret $id $timestamp $bytes
    }
    foreach ($name in $headers.Keys) { [void] $request.Headers.TryAddWithoutValidation($name, "$($headers[$name])") }
    $handler = New-Object Net.Http.HttpClientHandler
    $handler.AllowAutoRedirect = $false            # a redirect would carry the function key to another host
    $client = New-Object Net.Http.HttpClient $handler
    $client.Timeout = [TimeSpan]::FromSeconds(230)
    $answer = $client.SendAsync($request).Result
    [pscustomobject] @{ status = [int] $answer.StatusCode; body = $answer.Content.ReadAsStringAsync().Result }
}
