# Which plan Invoke-MfaPlan is to carry out.

# Objects with values are those of Set-MfaMethod: Sync-MfaPhone takes none that have any.
function New-MfaApprovedContent($Cmdlet, $Objects) {
    $columns = $script:ValueColumns + 'smsSignIn'
    $Objects = ConvertTo-MfaObjectList $Objects
    $hasValues = foreach ($object in $Objects) {
        if ($null -eq $object) { continue }
        foreach ($property in $object.PSObject.Properties) {
            if ($property.Name -in $columns -and "$($property.Value)".Trim()) { $true }
        }
    }
    if ($hasValues) {
        $users = ConvertTo-MfaValueList $Cmdlet $Objects @{} @()
        return New-MfaContent 'set' "$($users.Count) users" $users
    }
    $users = ConvertTo-MfaUserList $Cmdlet $Objects
    New-MfaContent 'reconcile' "$($users.Count) users" $users
}

# The plans that results, jobs or ids name, each once and in their order.
function Get-MfaNamedPlans($Cmdlet, $Named, [string] $Connection) {
    $seen = @{}
    foreach ($one in $Named) {
        $planId = $jobId = ''
        if ($null -ne $one) {
            $have = $one.PSObject.Properties
            if ($null -ne $have['PlanId']) { $planId = "$($have['PlanId'].Value)" }
            if ($null -ne $have['JobId']) { $jobId = "$($have['JobId'].Value)" }
        }
        if (-not $planId -and -not $jobId) {
            Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' 'This object has no PlanId and no JobId. Nothing was sent.' $one
        }
        if ($planId -and $planId -notmatch '\A[A-Za-z0-9_-]{1,64}\z') {
            Stop-MfaCommand $Cmdlet 'planIdNotUsable' 'InvalidArgument' "'$planId' is not the id of a plan. Nothing was written." $one
        }
        if ($seen.ContainsKey("$planId $jobId")) { continue }
        $seen["$planId $jobId"] = $true
        $known = Find-MfaPlan $planId $jobId
        if ($null -eq $known -and -not $jobId) {
            Stop-MfaCommand $Cmdlet 'planNotKnown' 'ObjectNotFound' "This session did not make the plan $planId. Pipe the same users again, name the file with -Path, or name the job of the plan with -JobId." $planId
        }
        $name = if ($Connection) { $Connection } elseif ($null -ne $known) { $known.Connection.Name } else { 'Default' }
        $with = Resolve-MfaConnection $Cmdlet $name
        if ($jobId) {
            $results = if ($null -ne $known) { $known.Results } else { (Read-MfaJobReport $Cmdlet $with $jobId).results }
            [pscustomobject] @{ Connection = $with; Content = $null; Results = $results; Job = $null; PlanId = $(if ($planId) { $planId }); JobId = $jobId }
        }
        else {
            $plan = $known.PSObject.Copy()
            $plan.Connection = $with
            $plan
        }
    }
    if ($seen.Count -eq 0) { Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' 'Name a plan with -PlanId or -JobId, or pipe what -WhatIf returned.' }
}

function Assert-MfaPlanId($Cmdlet, $Plans, [string] $PlanId) {
    if (-not $PlanId) { Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' '-Path needs -PlanId: the plan that is approved. Nothing was written.' }
    if (@($Plans).Count -ne 1) {
        Stop-MfaCommand $Cmdlet 'severalPlans' 'InvalidOperation' 'This list is too long for one request, so it has several plans. Nothing was written. Split the list.'
    }
    $plan = @($Plans)[0]
    if ($plan.PlanId -cne $PlanId) {
        $text = "412 planChanged: What would be done now is another plan ($($plan.PlanId)). Nothing was written."
        $known = Find-MfaPlan $PlanId ''
        $answer = [pscustomobject] @{ Status = 412; Json = [pscustomobject] @{ planId = $plan.PlanId; results = $plan.Results } }
        if ($null -ne $known) { $text += [Environment]::NewLine + (Get-MfaDifferenceText $answer $known) }
        Stop-MfaCommand $Cmdlet 'planChanged' 'InvalidOperation' $text $answer.Json
    }
}
