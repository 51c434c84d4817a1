function Export-MfaMethod {
    <#
    .SYNOPSIS
    Saves the registered MFA methods of users as CSV, masked; with -Full as a backup.
    .DESCRIPTION
    Writes one row for each user. A user that cannot be read gives an error and no row. If the webhook may read phone methods
    only, you get a warning, and the columns Email and Others say unknown.

    If reading stops, for example because the webhook no longer answers, the file stays as it was. The users read so far are
    then in a file beside it (backup.incomplete.csv for backup.csv), and a warning says at which user reading stopped.

    With -WhatIf the function reads nothing and writes no file.

    With -Full the file has the columns of the bulk script and whole numbers. Import-MfaTable writes them back: it sets
    numbers that differ and keeps methods added since (ForcedRemoval is false). For that you need the right explicit, and
    the webhook must have ALLOW_EXPLICIT_VALUES=true. The file holds no e-mail addresses or other methods. Encrypt it, and
    keep it where only people who may see the numbers can read it. On Linux and macOS only you can read a new file; on
    Windows its folder decides.
    .PARAMETER User
    User principal names or object ids, or objects that have one of these.
    .PARAMETER Path
    The file to write.
    .PARAMETER Full
    Whole numbers. Needs the right readFull, and leaves a record for each user in the audit trail.
    .PARAMETER Force
    Replace an existing file.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Get-ADUser -Filter * | Export-MfaMethod -Path .\methods.csv
    .EXAMPLE
    Get-ADUser -Filter * | Export-MfaMethod -Path .\backup.csv -Full
    Import-MfaTable .\backup.csv -WhatIf
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object[]] $User,
        [Parameter(Mandatory, Position = 0)] [string] $Path,
        [switch] $Full,
        [switch] $Force,
        [string] $Connection = 'Default'
    )
    begin {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        if (-not $Force -and (Test-Path -LiteralPath $file)) {
            Stop-MfaCommand $PSCmdlet 'fileExists' 'ResourceExists' "The file exists: $file. Use -Force to replace it." $file
        }
        $isWanted = $PSCmdlet.ShouldProcess($file, 'Export the registered methods')
        if ($isWanted) { foreach ($one in $file, (Get-MfaPartName $file)) { Assert-MfaWritable $PSCmdlet $one } }
        $objects = [Collections.Generic.List[object]]::new()
    }
    process { Add-MfaObject $objects $User }
    end {
        if (-not $isWanted) { return }
        $rows = [Collections.Generic.List[object]]::new()
        # A backup holds phone numbers only.
        $reading = @{ Route = if ($Full) { 'phone-methods' } else { 'methods' } }
        try {
            for ($at = 0; $at -lt $objects.Count; $at++) {
                Write-Progress -Activity 'MFA webhook: export' -Status "$at of $($objects.Count) users" -PercentComplete (100 * $at / $objects.Count)
                $read = Read-MfaMethods $PSCmdlet $with $objects[$at] ($at + 1) $reading -Full:$Full
                if ($null -ne $read) { $rows.Add((ConvertTo-MfaExportRow $read -Full:$Full)) }
            }
        }
        finally {
            # After an error too, and after Ctrl-C.
            Write-Progress -Activity 'MFA webhook: export' -Completed
            $isPart = $at -lt $objects.Count
            if ($rows.Count) { Write-MfaExport $PSCmdlet $file $rows -IsPart:$isPart -Full:$Full }
            if ($isPart) {
                $kept = if ($rows.Count) { "The users read so far are in $(Get-MfaPartName $file); $file was not written." } else { 'No file was written.' }
                Write-Warning "Reading stopped at user $($at + 1) of $($objects.Count). $kept"
            }
        }
        if ($rows.Count -eq 0) { Stop-MfaCommand $PSCmdlet 'noUsers' 'InvalidArgument' 'No user could be read. No file was written.' }
    }
}
