# One request and what came back. The first answer counts: redirects are not followed, since they would take the
# secrets to another address.

$script:HttpClient = $null
$script:TimeoutSeconds = 240      # the platform ends an answer after 230

function Get-MfaHttpClient {
    if ($null -eq $script:HttpClient) {
        $handler = [Net.Http.HttpClientHandler]::new()
        $handler.AllowAutoRedirect = $false
        $handler.UseCookies = $false
        $script:HttpClient = [Net.Http.HttpClient]::new($handler)
        $script:HttpClient.Timeout = [TimeSpan]::FromSeconds($script:TimeoutSeconds)
        $script:HttpClient.DefaultRequestHeaders.ExpectContinue = $false
    }
    $script:HttpClient
}

# Header values are text or SecureStrings. Without an answer the status is 0 and Text says why.
function Send-MfaHttp([string] $Method, [uri] $Uri, [Collections.IDictionary] $Header, [byte[]] $Body, [string] $ContentType) {
    $request = [Net.Http.HttpRequestMessage]::new([Net.Http.HttpMethod]::new($Method), $Uri)
    $cancel = [Threading.CancellationTokenSource]::new()
    try {
        foreach ($name in $Header.Keys) {
            if ($Header[$name] -is [securestring]) {
                [void] $request.Headers.TryAddWithoutValidation(
                    $name, $(if ($name -eq 'Authorization') { 'Bearer ' } else { '' }) + (ConvertFrom-MfaSecret $Header[$name]))
            }
            else { [void] $request.Headers.TryAddWithoutValidation($name, [string] $Header[$name]) }
        }
        if ($null -ne $Body) {
            $request.Content = [Net.Http.ByteArrayContent]::new($Body)
            $request.Content.Headers.ContentType = [Net.Http.Headers.MediaTypeHeaderValue]::Parse($ContentType)
        }
        elseif ($Method -eq 'POST') { $request.Content = [Net.Http.ByteArrayContent]::new([byte[]]::new(0)) }
        $task = (Get-MfaHttpClient).SendAsync($request, $cancel.Token)
        # In short waits, so that Ctrl-C gets through.
        while ([Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]] @($task), 200) -lt 0) { }
        if ($task.IsFaulted) { return New-MfaAnswer 0 $task.Exception.GetBaseException().Message }
        if ($task.IsCanceled) { return New-MfaAnswer 0 "nothing came within $script:TimeoutSeconds seconds" }
        Read-MfaAnswer $task.Result
    }
    finally {
        $cancel.Cancel()
        $cancel.Dispose()
        $request.Dispose()
    }
}

function New-MfaAnswer([int] $Status, [string] $Text) {
    [pscustomobject] @{ Status = $Status; Text = $Text; Json = $null; RetryAfter = $null; Location = $null }
}

function Read-MfaAnswer([Net.Http.HttpResponseMessage] $Response) {
    try {
        $bytes = $Response.Content.ReadAsByteArrayAsync().Result
        $answer = New-MfaAnswer ([int] $Response.StatusCode) ([Text.Encoding]::UTF8.GetString($bytes))
        $type = $Response.Content.Headers.ContentType
        if ($null -ne $type -and $type.MediaType -match '^application/([\w.-]+\+)?json$' -and $answer.Text) {
            try { $answer.Json = ConvertFrom-Json -InputObject $answer.Text -ErrorAction Stop }
            catch { Write-Verbose "The answer claims to be JSON, but is not." }
            if ($answer.Json -isnot [Management.Automation.PSCustomObject]) { $answer.Json = $null }
        }
        $after = $Response.Headers.RetryAfter
        if ($null -ne $after) {
            if ($null -ne $after.Delta) { $answer.RetryAfter = [Math]::Max(0, $after.Delta.TotalSeconds) }
            else { $answer.RetryAfter = [Math]::Max(0, ($after.Date - [DateTimeOffset]::UtcNow).TotalSeconds) }
        }
        $answer.Location = $Response.Headers.Location
        $answer
    }
    finally { $Response.Dispose() }
}

# A member of what JSON became, or nothing if it is missing or null. Strict mode stops at a member that is missing.
function Get-MfaMember($Object, [string] $Name) {
    if ($null -ne $Object) {
        $found = $Object.PSObject.Properties[$Name]
        if ($null -ne $found -and $null -ne $found.Value) { $found.Value }
    }
}
