# Jobs: how they are getting on, and what came of everybody.

$script:Finished = 'succeeded', 'partial', 'failed', 'cancelled'
# What a guard says before the first write: nothing was written, and the results are the plan.
$script:Limits = 'tooManyRemovals', 'tooManyOverwrites', 'dailyLimit'

$script:JobFields = 'JobId', 'Status', 'Caller', 'Applies', 'CreatedAt', 'UpdatedAt', 'DryRun', 'Users', 'Counts', 'Progress', 'PlanId', 'Error'

# Every job object has every property, whichever route it came from.
function ConvertTo-MfaJob($Json, $Connection) {
    $job = [ordered] @{ PSTypeName = 'MfaWebhook.Job' }
    foreach ($name in $script:JobFields) { $job[$name] = Get-MfaMember $Json $name }
    foreach ($name in 'CreatedAt', 'UpdatedAt') { $job[$name] = ConvertTo-MfaTime $job[$name] }
    if ($null -eq $job['Users']) { $job['Users'] = Get-MfaMember $job['Counts'] 'users' }
    $job['Connection'] = $Connection.Name
    [pscustomobject] $job
}

# 7 makes a time of such a text by itself, 5.1 does not.
function ConvertTo-MfaTime($Value) {
    if ($Value -is [DateTime]) { return $Value.ToLocalTime() }
    $time = [DateTimeOffset]::MinValue
    if ([DateTimeOffset]::TryParse("$Value", [cultureinfo]::InvariantCulture, 'None', [ref] $time)) { $time.LocalDateTime }
}

function Get-MfaJobPath([string] $JobId, [string] $What = '') {
    "jobs/$([uri]::EscapeDataString($JobId))$What"
}

# The id of the job that a list became.
function Get-MfaAcceptedJob($Cmdlet, $Answer) {
    $jobId = Get-MfaMember (Get-MfaBody $Cmdlet $Answer) 'jobId'
    if (-not $jobId) { Stop-MfaCommand $Cmdlet 'noJob' 'ProtocolError' 'The list became a job, but the answer has no jobId. Get-MfaJob lists your jobs.' $Answer.Json }
    $jobId
}

# Looks often at first: the answer's Retry-After suits long jobs. 0 seconds: as long as it takes.
function Wait-MfaJobEnd($Cmdlet, $Connection, [string] $JobId, [double] $TimeoutSeconds = 0) {
    $goesOn = "The job $JobId continues. Wait for it with: Wait-MfaJob -JobId $JobId"
    $activity = "MFA webhook: job $JobId"
    $until = [DateTime]::UtcNow.AddSeconds($TimeoutSeconds)
    $pause = 0.5
    try {
        while ($true) {
            $answer = Invoke-MfaCall $Connection 'GET' (Get-MfaJobPath $JobId)
            $job = ConvertTo-MfaJob (Get-MfaBody $Cmdlet $answer $goesOn) $Connection
            if ($job.Status -in $script:Finished) { return $job }
            Write-MfaJobProgress $activity $job
            if ($TimeoutSeconds -gt 0 -and [DateTime]::UtcNow -ge $until) {
                Stop-MfaCommand $Cmdlet 'waitTimedOut' 'OperationTimeout' "The job had not ended after $TimeoutSeconds seconds. $goesOn" $job
            }
            $longest = 10
            if ($null -ne $answer.RetryAfter) { $longest = $answer.RetryAfter }
            Start-Sleep -Milliseconds ([int] (1000 * [Math]::Min($pause, $longest)))
            $pause *= 2
        }
    }
    finally { Write-Progress -Activity $activity -Completed }
}

function Write-MfaJobProgress([string] $Activity, $Job) {
    $progress = @{ Activity = $Activity; Status = $Job.Status }
    $percent = Get-MfaMember $Job.Progress 'percent'
    $left = Get-MfaMember $Job.Progress 'etaSeconds'
    if ($null -ne $percent) {
        $progress.PercentComplete = [Math]::Min(100, [Math]::Max(0, $percent))
        $progress.Status = "$($Job.Status): $percent % of $($Job.Users) users, $(Get-MfaMember $Job.Progress 'usersPerSecond') a second"
    }
    if ($null -ne $left) { $progress.SecondsRemaining = $left }
    Write-Progress @progress
}

# All pages as one report. A link is never followed as it is: only the position in it counts.
function Read-MfaJobReport($Cmdlet, $Connection, [string] $JobId, [string] $Status = '', [switch] $FirstPage) {
    $all = [Collections.Generic.List[object]]::new()
    $skip = '0'
    do {
        $query = @(if ($skip -ne '0') { "skip=$skip" }; if ($Status) { "status=$Status" }) -join '&'
        $answer = Invoke-MfaCall $Connection 'GET' (Get-MfaJobPath $JobId '/result') $query
        $report = Get-MfaBody $Cmdlet $answer
        if ($answer.Status -eq 202) {
            Stop-MfaCommand $Cmdlet 'jobNotFinished' 'InvalidOperation' "The job $JobId has not ended: $(Get-MfaMember $report 'status'). Wait for it with: Wait-MfaJob -JobId $JobId"
        }
        $all.AddRange([object[]] (Get-MfaResults $Cmdlet $report))
        $skip = [regex]::Match("$(Get-MfaMember $report 'nextLink')", '[?&]skip=(\d{1,9})').Groups[1].Value
    } while ($skip -and -not $FirstPage)
    $report.results = $all.ToArray()
    $report
}

# The error with which a job ended, or nothing. The report is its target, as in an answer to a short list.
function Get-MfaJobError($Job, $Report) {
    if ($null -eq $Job.Error) { return }
    $code = [string] (Get-MfaMember $Job.Error 'code')
    $category = if ($code -in $script:Limits) { 'LimitsExceeded' } else { 'InvalidResult' }
    foreach ($name in 'code', 'detail') {
        $Report | Add-Member -NotePropertyName $name -NotePropertyValue (Get-MfaMember $Job.Error $name) -Force
    }
    $record = New-MfaErrorRecord $code $category "Job $($Job.JobId) ended with ${code}: $($Report.detail)" $Report
    $record.Exception.Data['jobId'] = $Job.JobId
    $record
}

# The results of a job that has ended. What a limit stopped is an error with the plan; after another one, what was done
# is shown beside it.
function Write-MfaJobReport($Cmdlet, $Job, $Report) {
    $record = Get-MfaJobError $Job $Report
    if ($null -ne $record -and $record.FullyQualifiedErrorId -in $script:Limits) { $Cmdlet.ThrowTerminatingError($record) }
    if ($Job.Status -eq 'cancelled') { $Cmdlet.WriteWarning("The job $($Job.JobId) was cancelled. The results say what was done.") }
    $Report.results
    if ($null -ne $record) { $Cmdlet.WriteError($record) }
}
