# What goes wrong becomes an ErrorRecord: the code is its id, the whole answer its target.

$script:MostFaultsShown = 20

# Ends the public function that calls, with an error at its place in the caller's script.
function Stop-MfaCommand($Cmdlet, [string] $Code, [Management.Automation.ErrorCategory] $Category, [string] $Message, $Target) {
    $Cmdlet.ThrowTerminatingError((New-MfaErrorRecord $Code $Category $Message $Target))
}

function New-MfaErrorRecord([string] $Code, [Management.Automation.ErrorCategory] $Category, [string] $Message, $Target) {
    $exception = [InvalidOperationException]::new($Message)
    $exception.Data['code'] = $Code
    [Management.Automation.ErrorRecord]::new($exception, $Code, $Category, $Target)
}

# Of an answer that is no success.
function ConvertTo-MfaErrorRecord($Answer, [string] $Beside) {
    $json = $Answer.Json
    $code = Get-MfaMember $json 'code'
    $id = Get-MfaMember $json 'correlationId'
    $lines = [Collections.Generic.List[string]]::new()
    if ($code) {
        $named = "$($Answer.Status) ${code}: $(Get-MfaMember $json 'detail')"
        if ($id) { $named += " (correlationId $id)" }
        $lines.Add($named)
    }
    else {
        $code = if ($Answer.Status) { "http$($Answer.Status)" } else { 'noAnswer' }
        $lines.Add((Get-MfaPlainMessage $Answer))
    }
    $faults = @(Get-MfaMember $json 'errors')
    foreach ($fault in $faults | Select-Object -First $script:MostFaultsShown) {
        $lines.Add("$(Get-MfaMember $fault 'pointer'): $(Get-MfaMember $fault 'detail')")
    }
    if ($faults.Count -gt $script:MostFaultsShown) { $lines.Add("... $($faults.Count) faults in all; TargetObject.errors has them.") }
    if ($Beside) { $lines.Add($Beside) }
    $target = $json
    if (Get-MfaMember $json 'results') { ConvertTo-MfaResult $json }
    $record = New-MfaErrorRecord $code (Get-MfaCategory $Answer.Status) ($lines -join [Environment]::NewLine) $target
    $record.Exception.Data['status'] = $Answer.Status
    $record.Exception.Data['correlationId'] = $id
    $record.Exception.Data['pointers'] = [string[]] @($faults | ForEach-Object { Get-MfaMember $_ 'pointer' })
    $record
}

# Of an answer that is not the webhook's own: Azure's, a proxy's, or none.
function Get-MfaPlainMessage($Answer) {
    switch ($Answer.Status) {
        0 { "There was no answer: $("$($Answer.Text)".TrimEnd('.')). You can repeat the call: the webhook does not rewrite what is already correct." }
        { $_ -in 200, 202 } { "HTTP $_, but the answer does not come from the webhook. Check the address." }
        401 { '401: Azure refused the call before it reached the webhook. The function key is missing or wrong, or the token is expired or for another audience.' }
        403 { '403: The call was refused before it reached the webhook. Access restrictions may not allow this address.' }
        404 { '404: There is no such route at this address. Check -Uri, and the version of the webhook.' }
        413 { '413: The list is too large for something in front of the webhook, such as a gateway. Split the list.' }
        { $_ -in 414, 431 } { "${_}: The address or the headers are too long for something in front of the webhook, such as a gateway." }
        { $_ -ge 300 -and $_ -lt 400 } {
            $to = ''
            if ($null -ne $Answer.Location -and $Answer.Location.IsAbsoluteUri) { $to = " to $($Answer.Location.GetLeftPart('Authority'))" }
            "${_}: The address redirects$to. Redirects are not followed, because they would take the secrets there. Correct -Uri."
        }
        default { "HTTP ${_}: the answer did not come from the webhook. Try again; if it persists, look in the log of the function app." }
    }
}

function Get-MfaCategory([int] $Status) {
    switch ($Status) {
        0 { 'ConnectionError' }
        { $_ -in 400, 415 } { 'InvalidData' }
        401 { 'AuthenticationError' }
        403 { 'PermissionDenied' }
        404 { 'ObjectNotFound' }
        { $_ -in 409, 412 } { 'InvalidOperation' }
        { $_ -in 413, 422 } { 'LimitsExceeded' }
        { $_ -in 429, 503 } { 'ResourceUnavailable' }
        504 { 'OperationTimeout' }
        { $_ -ge 200 -and $_ -lt 400 } { 'ProtocolError' }
        default { 'InvalidResult' }
    }
}

# The JSON of a success. Anything else ends the public function.
function Get-MfaBody($Cmdlet, $Answer, [string] $Beside) {
    if ($Answer.Status -in 200, 202 -and $null -ne $Answer.Json) { return $Answer.Json }
    $Cmdlet.ThrowTerminatingError((ConvertTo-MfaErrorRecord $Answer $Beside))
}
