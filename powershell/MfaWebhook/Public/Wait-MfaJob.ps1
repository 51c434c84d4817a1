function Wait-MfaJob {
    <#
    .SYNOPSIS
    Waits until a job has ended, with a progress bar, and returns it.
    .DESCRIPTION
    Ctrl-C ends the waiting, not the job.
    .PARAMETER JobId
    The id of the job.
    .PARAMETER TimeoutSeconds
    Wait no longer than this. The job continues. 0: wait as long as it takes.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    $job | Wait-MfaJob | Receive-MfaJob
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding()]
    [OutputType('MfaWebhook.Job')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [string] $JobId,
        [ValidateRange(0, 2000000)] [double] $TimeoutSeconds = 0,
        [Parameter(ValueFromPipelineByPropertyName)] [string] $Connection = 'Default'
    )
    process {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        Wait-MfaJobEnd $PSCmdlet $with $JobId $TimeoutSeconds
    }
}
