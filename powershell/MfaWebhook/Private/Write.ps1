# From a list to its results: plan, question, writes.

function Invoke-MfaList($Cmdlet, $Connection, $Content, [string] $Mode, [Collections.IDictionary] $Options, [switch] $NoWait) {
    Assert-MfaReason $Cmdlet $Connection $Options['reason']
    if ($NoWait) { $Options = $Options + @{ async = $true } }
    if ($Mode -eq 'Write') {
        $answer = Send-MfaContent $Connection $Content $Options
        if (-not (Test-MfaTooLong $answer $Content)) {
            if ($answer.Status -eq 422) { Save-MfaRefusedPlan $Connection $Content $answer }
            return Write-MfaAnswer $Cmdlet $Connection $answer -NoWait:$NoWait
        }
    }
    elseif ($Mode -eq 'WhatIf' -and $NoWait) {
        return Write-MfaAnswer $Cmdlet $Connection (Send-MfaContent $Connection $Content ($Options + @{ dryRun = $true })) -NoWait
    }
    # In the mode Write the list comes here only if it is too long.
    $plans = @(Get-MfaPlans $Cmdlet $Connection $Content $Options -IsTooLong:($Mode -eq 'Write'))
    if ($Mode -eq 'WhatIf' -or (Test-MfaNothingPlanned $plans)) { return $plans | ForEach-Object { $_.Results } }
    $text = Get-MfaPlanText $plans
    if ($Mode -eq 'Ask') { if (-not (Read-MfaConsent $Cmdlet $Content.What $text)) { return } }
    else { $Cmdlet.WriteWarning($text) }
    Invoke-MfaPlanWrite $Cmdlet $plans $Options -NoWait:$NoWait
}

# Carries out plans, one after the other, each on its own connection. After a failure nothing more is written. The results
# come last: a caller who takes only the first of them, as Select-Object -First does, ends this function.
function Invoke-MfaPlanWrite($Cmdlet, $Plans, [Collections.IDictionary] $Options, [switch] $NoWait) {
    $open = @($Plans | Where-Object { $null -eq $_.PlanId -and $null -eq $_.JobId })
    if ($open) {
        Stop-MfaCommand $Cmdlet 'planIncomplete' 'ResourceUnavailable' 'Nothing was written: the plan is not complete, because some users could not be read. Send the list again later.' $open[0].Results
    }
    $written = 0
    $results = [Collections.Generic.List[object]]::new()
    try {
        foreach ($plan in $Plans) {
            $answer = Send-MfaPlan $plan $Options
            if ($answer.Status -notin 200, 202) {
                $record = ConvertTo-MfaErrorRecord $answer (Get-MfaDifferenceText $answer $plan)
                if ($written) {
                    $Cmdlet.WriteWarning("$written of $(@($Plans).Count) requests are written. The next one failed, and the rest was not sent.")
                    $Cmdlet.WriteError($record)
                    return
                }
                $Cmdlet.ThrowTerminatingError($record)
            }
            foreach ($result in Write-MfaAnswer $Cmdlet $plan.Connection $answer -NoWait:$NoWait) { $results.Add($result) }
            $written++
        }
    }
    finally { $results }
}

# A job's plan is applied; a short list is sent again, for this plan only.
function Send-MfaPlan($Plan, [Collections.IDictionary] $Options) {
    $connection = $Plan.Connection
    $only = @{ planId = $Plan.PlanId; reason = $Options['reason'] }
    if ($null -eq $Plan.JobId) { return Send-MfaContent $connection $Plan.Content $only }
    $body = $null
    if ($connection.Proof -eq 'Signature') {
        $document = [ordered] @{ operation = 'apply'; jobId = $Plan.JobId }
        foreach ($key in 'planId', 'reason') { if ($only[$key]) { $document[$key] = $only[$key] } }
        $body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $document -Compress))
    }
    Invoke-MfaCall $connection 'POST' (Get-MfaJobPath $Plan.JobId '/apply') '' (Get-MfaOptionHeader $connection $only) $body 'application/json'
}

# Of a 412: what would be done now and what was planned, where this session has seen the plan.
function Get-MfaDifferenceText($Answer, $Plan) {
    if ($Answer.Status -ne 412 -or $null -eq (Get-MfaMember $Answer.Json 'results') -or -not $Plan.Results) { return '' }
    $differences = @(Compare-MfaPlan $Plan.Results $Answer.Json.results)
    $Answer.Json | Add-Member -NotePropertyName differences -NotePropertyValue $differences -Force
    if (-not $differences) { return 'The plans look alike, but a masked digit has changed.' }
    $lines = foreach ($one in $differences | Select-Object -First $script:MostChangesShown) {
        "$($one.User) $($one.Method): was '$($one.Before)', is '$($one.Now)'"
    }
    @('Differences (all are in TargetObject.differences):') + $lines -join [Environment]::NewLine
}

# The results of a list, or of the job that it became; with -NoWait the job.
function Write-MfaAnswer($Cmdlet, $Connection, $Answer, [switch] $NoWait) {
    if ($Answer.Status -ne 202) { return Get-MfaResults $Cmdlet (Get-MfaBody $Cmdlet $Answer) | ForEach-Object { $_ } }
    $jobId = Get-MfaAcceptedJob $Cmdlet $Answer
    if ($NoWait) { return Get-MfaJobObject $Cmdlet $Connection $jobId }
    $job = Wait-MfaJobEnd $Cmdlet $Connection $jobId
    Write-MfaJobReport $Cmdlet $job (Read-MfaJobReport $Cmdlet $Connection $jobId)
}

function Get-MfaJobObject($Cmdlet, $Connection, [string] $JobId) {
    $answer = Invoke-MfaCall $Connection 'GET' (Get-MfaJobPath $JobId)
    ConvertTo-MfaJob (Get-MfaBody $Cmdlet $answer) $Connection
}
