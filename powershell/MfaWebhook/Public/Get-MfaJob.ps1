function Get-MfaJob {
    <#
    .SYNOPSIS
    Returns a job with its status, or the list of your jobs.
    .DESCRIPTION
    A caller sees its own jobs, and with the right operate those of all callers. The list does not show the status.
    .PARAMETER JobId
    The id of a job. Without it, the function lists all jobs, newest first.
    .PARAMETER Connection
    The name of a connection.
    .EXAMPLE
    Get-MfaJob | Select-Object -First 5 | Get-MfaJob

    The status of the five newest jobs.
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding()]
    [OutputType('MfaWebhook.Job')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)] [string] $JobId,
        [Parameter(ValueFromPipelineByPropertyName)] [string] $Connection = 'Default'
    )
    process {
        Use-MfaCallerPreference $PSCmdlet
        $with = Resolve-MfaConnection $PSCmdlet $Connection
        if ($JobId) { return Get-MfaJobObject $PSCmdlet $with $JobId }
        $query = ''
        do {
            $page = Get-MfaBody $PSCmdlet (Invoke-MfaCall $with 'GET' 'jobs' $query)
            foreach ($job in @(Get-MfaMember $page 'value')) { ConvertTo-MfaJob $job $with }
            $query = [regex]::Match("$(Get-MfaMember $page 'nextLink')", 'after=[A-Za-z0-9._-]+').Value
        } while ($query)
    }
}
