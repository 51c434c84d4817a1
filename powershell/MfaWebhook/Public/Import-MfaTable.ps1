function Import-MfaTable {
    <#
    .SYNOPSIS
    Sends the CSV file of the bulk script as it is: you decide the values, not the directory.
    .DESCRIPTION
    Needs the right explicit, and a connection that does not sign its calls. The columns are UPN, Mobile, OfficePhone,
    AlternateMobile, ForcedUpdate and ForcedRemoval. The function refuses a table with other columns.

    If the file fits, it goes in one request. If not, the function splits it, plans all parts first, shows the plan, and
    writes nothing if the webhook refuses a part. Limits then count for each request.

    By default the function shows the plan and asks you. -Confirm:$false writes without a question. -WhatIf returns the
    plan; Invoke-MfaPlan carries it out.
    .PARAMETER Path
    The file.
    .PARAMETER Reason
    Why you do this, such as the number of a ticket. The audit trail keeps it. One line of up to 200 characters, in ASCII
    unless the connection signs its calls.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Import-MfaTable .\numbers.csv -WhatIf
    .EXAMPLE
    Import-MfaTable .\backup.csv -Reason 'restore, ticket 4711'

    Writes back what Export-MfaMethod -Full saved.
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
