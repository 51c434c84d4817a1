function Stop-MfaJob {
    <#
    .SYNOPSIS
    Cancels a job. What it has done stays, and its results show it.
    .DESCRIPTION
    Returns the job. Its status is cancelling until the users under way are finished.
    .PARAMETER JobId
    The id of the job.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Stop-MfaJob $job.JobId | Wait-MfaJob | Receive-MfaJob
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType('MfaWebhook.Job')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [string] $JobId,
        [Parameter(ValueFromPipelineByPropertyName)] [string] $Connection = 'Default'
    )
    process {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        if ($PSCmdlet.ShouldProcess($JobId, 'Cancel the job')) {
            ConvertTo-MfaJob (Get-MfaBody $PSCmdlet (Invoke-MfaCall $with 'DELETE' (Get-MfaJobPath $JobId))) $with
        }
    }
}
