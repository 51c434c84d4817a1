function Import-MfaTable {
    <#
    .SYNOPSIS
    Sends the CSV file of the bulk script as it is: you decide the values, not the directory.
    .DESCRIPTION
    Needs the right explicit, and a connection that does not sign its calls. The columns are UPN, Mobile, OfficePhone,
    AlternateMobile, ForcedUpdate and ForcedRemoval. A table with other columns is refused.

    The file goes in one request while it fits. Else it is split: all parts are planned first, the plan is shown, and
    nothing is written if one of them is refused. Limits count for each request then.

    By default the plan is shown first and you are asked. -Confirm:$false writes without a question. -WhatIf returns the
    plan; Invoke-MfaPlan carries it out.
    .PARAMETER Path
    The file.
    .PARAMETER Reason
    Why, such as the number of a ticket: kept in the audit trail.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Import-MfaTable .\numbers.csv -WhatIf
    .EXAMPLE
    Import-MfaTable .\backup.csv -Reason 'restore, ticket 4711'

    Writes back what Export-MfaMethod -Full has saved.
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('MfaWebhook.Result')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [Alias('FullName', 'PSPath')] [string] $Path,
        [string] $Reason,
        [string] $Connection = 'Default'
    )
    process {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $content = New-MfaTableContent $PSCmdlet $with $Path
        Invoke-MfaList $PSCmdlet $with $content (Get-MfaMode) @{ reason = $Reason }
    }
}
