function Receive-MfaJob {
    <#
    .SYNOPSIS
    Returns the results of a job that has ended: one object for each user, all pages.
    .DESCRIPTION
    If the job ended with an error, the error follows the results. If a limit stopped it, the job wrote nothing and the error
    holds the plan.
    .PARAMETER JobId
    The id of the job.
    .PARAMETER Status
    Only users with this status.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Receive-MfaJob 5f0c3c1e-7d5a-4c3b-9a55-0d3f0f1c2b4a -Status failed
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding()]
    [OutputType('MfaWebhook.Result')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [string] $JobId,
        [ValidateSet('unchanged', 'changed', 'planned', 'skipped', 'failed', 'pending')] [string] $Status,
        [Parameter(ValueFromPipelineByPropertyName)] [string] $Connection = 'Default'
    )
    process {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        $report = Read-MfaJobReport $PSCmdlet $with $JobId $Status
        Write-MfaJobReport $PSCmdlet (Get-MfaJobObject $PSCmdlet $with $JobId) $report
    }
}
