# From a list to its results: plan, question, writes.

function Invoke-MfaList($Cmdlet, $Connection, $Content, [string] $Mode, [Collections.IDictionary] $Options, [switch] $NoWait) {
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
    $text = Get-MfaPlanText $Connection $plans
    if ($Mode -eq 'Ask') { if (-not (Read-MfaConsent $Cmdlet $Content.What $text)) { return } }
    else { $Cmdlet.WriteWarning($text) }
    Invoke-MfaPlanWrite $Cmdlet $Connection $plans $Options -NoWait:$NoWait
}

# Carries out plans, one after the other. After a failure nothing more is written, and what was done is in the error.
function Invoke-MfaPlanWrite($Cmdlet, $Connection, $Plans, [Collections.IDictionary] $Options, [switch] $NoWait) {
    $open = @($Plans | Where-Object { $null -eq $_.PlanId -and $null -eq $_.JobId })
    if ($open) {
        Stop-MfaCommand $Cmdlet 'planIncomplete' 'ResourceUnavailable' 'Nothing was written: the plan is not complete, because some users could not be read. Send the list again later.' $open[0].Results
    }
    $written = 0
    foreach ($plan in $Plans) {
        $answer = Send-MfaPlan $Connection $plan $Options
        if ($answer.Status -notin 200, 202) {
            $record = ConvertTo-MfaErrorRecord $answer (Get-MfaDifferenceText $answer $plan)
            if ($written) {
                $Cmdlet.WriteWarning("$written of $(@($Plans).Count) requests are written. The next one failed, and the rest was not sent.")
                $Cmdlet.WriteError($record)
                return
            }
            $Cmdlet.ThrowTerminatingError($record)
        }
        Write-MfaAnswer $Cmdlet $Connection $answer -NoWait:$NoWait
        $written++
    }
}

# A job's plan is applied; a short list is sent again, for this plan only.
function Send-MfaPlan($Connection, $Plan, [Collections.IDictionary] $Options) {
    $only = @{ planId = $Plan.PlanId; reason = $Options['reason'] }
    if ($null -eq $Plan.JobId) { return Send-MfaContent $Connection $Plan.Content $only }
    $body = $null
    if ($Connection.Proof -eq 'Signature') {
        $document = [ordered] @{ operation = 'apply'; jobId = $Plan.JobId }
        foreach ($key in 'planId', 'reason') { if ($only[$key]) { $document[$key] = $only[$key] } }
        $body = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $document -Compress))
    }
    Invoke-MfaCall $Connection 'POST' (Get-MfaJobPath $Plan.JobId '/apply') '' (Get-MfaOptionHeader $Connection $only) $body 'application/json'
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
