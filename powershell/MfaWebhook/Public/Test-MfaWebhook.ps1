function Test-MfaWebhook {
    <#
    .SYNOPSIS
    Checks whether the webhook answers and accepts this connection; with -MasterKey whether it is set up right.
    .DESCRIPTION
    Returns one object for each check: name, result (ok, warning, failure, skipped), detail, and how to fix it.
    It changes nothing. With -MasterKey the webhook checks itself: settings, secrets, permissions, storage.
    .PARAMETER MasterKey
    The master key of the function app (_master), as a SecureString. The module sends it with this call and does not keep it.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Test-MfaWebhook

    Does the webhook answer, and does it accept the function key and the proof?
    .EXAMPLE
    Test-MfaWebhook -MasterKey (Read-Host -AsSecureString) | Where-Object Result -ne 'ok' | Format-List

    Shows what is wrong with the webhook's set-up, and the command that fixes it.
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding()]
    [OutputType('MfaWebhook.Check')]
    param(
        [MfaSecret()] [securestring] $MasterKey,
        [string] $Connection = 'Default'
    )
    Use-MfaCallerPreference $PSCmdlet
    $with = Resolve-MfaConnection $PSCmdlet $Connection
    if ($null -eq $MasterKey) {
        $health = Invoke-MfaCall $with 'GET' 'health'
        $isUp = $health.Status -eq 200 -and (Get-MfaMember $health.Json 'status') -eq 'healthy'
        if (-not $isUp) {
            New-MfaCheck 'address' 'failure' (ConvertTo-MfaErrorRecord $health).Exception.Message 'Correct -Uri, or start the function app.'
            New-MfaCheck 'caller' 'skipped' 'The webhook does not answer.' ''
            return
        }
        New-MfaCheck 'address' 'ok' "The webhook answers at $($with.Base)." ''
        $jobs = Invoke-MfaCall $with 'GET' 'jobs'
        $why = if ($jobs.Status -ne 200) { (ConvertTo-MfaErrorRecord $jobs).Exception.Message }
        switch ($jobs.Status) {
            200 { New-MfaCheck 'caller' 'ok' 'The function key and the proof are right.' '' }
            401 { New-MfaCheck 'caller' 'failure' $why 'Connect again with the right function key and proof.' }
            403 { New-MfaCheck 'caller' 'warning' $why 'The caller is known, but lacks a right. See its rights in the setting CALLERS.' }
            404 { New-MfaCheck 'caller' 'failure' $why 'Correct -Uri, or use the module of the same release as the webhook.' }
            429 { New-MfaCheck 'caller' 'warning' $why 'Wait some minutes, then try again.' }
            500 { New-MfaCheck 'caller' 'failure' $why 'Run the check with -MasterKey. It names what is wrong with the set-up.' }
            503 { New-MfaCheck 'caller' 'warning' $why 'Try again. If it persists, run the check with -MasterKey.' }
            default { New-MfaCheck 'caller' 'failure' $why 'Try again. If it persists, look in the log of the function app.' }
        }
        return
    }
    $fault = Get-MfaSecretFault $MasterKey
    if ($fault) { Stop-MfaCommand $PSCmdlet 'secretNotUsable' 'InvalidArgument' "MasterKey $fault." }
    # The check needs no proof, so that it works where the proof is what is broken.
    $uri = [uri] "$($with.Base)/check"
    $answer = Send-MfaHttp 'GET' $uri @{ 'x-functions-key' = $MasterKey; 'User-Agent' = Get-MfaUserAgent } $null ''
    if ($answer.Status -eq 401) {
        Stop-MfaCommand $PSCmdlet 'http401' 'AuthenticationError' 'The master key is wrong. Azure portal > the function app > App keys > _master.'
    }
    $report = Get-MfaBody $PSCmdlet $answer
    foreach ($check in @(Get-MfaMember $report 'checks')) {
        New-MfaCheck (Get-MfaMember $check 'name') (Get-MfaMember $check 'result') (Get-MfaMember $check 'detail') (Get-MfaMember $check 'mend') (Get-MfaMember $report 'version')
    }
}
