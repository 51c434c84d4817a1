# Which plan Invoke-MfaPlan is to carry out.

# Objects with values are those of Set-MfaMethod: Sync-MfaPhone takes none that have any.
function New-MfaApprovedContent($Cmdlet, $Objects) {
    $columns = New-MfaNameSet ($script:ValueColumns + 'smsSignIn')
    $Objects = ConvertTo-MfaObjectList $Objects
    $hasValues = foreach ($object in $Objects) {
        if ($null -eq $object) { continue }
        foreach ($property in $object.PSObject.Properties) {
            if ($columns.Contains($property.Name) -and "$($property.Value)".Trim()) { $true }
        }
    }
    if ($hasValues) {
        $users = ConvertTo-MfaValueList $Cmdlet $Objects @{} @()
        return New-MfaContent 'set' (Get-MfaCountText $users.Count 'user') $users
    }
    $users = ConvertTo-MfaUserList $Cmdlet $Objects
    New-MfaContent 'reconcile' (Get-MfaCountText $users.Count 'user') $users
}

# The plans that results, jobs or ids name, each once and in their order. A plan is carried out as a whole, so results must
# name all users that their plan writes: who piped fewer has chosen them.
function Get-MfaNamedPlans($Cmdlet, $Named, [string] $Connection) {
    $found = [Collections.Specialized.OrderedDictionary]::new([StringComparer]::Ordinal)
    $byName = [Collections.Generic.Dictionary[string, object]]::new([StringComparer]::Ordinal)
    $ofJobs = New-MfaNameSet ($script:JobFields + 'Connection')
    foreach ($one in $Named) {
        $planId = $jobId = $correlationId = ''
        if ($null -ne $one) {
            $have = $one.PSObject.Properties
            if ($null -ne $have['PlanId']) { $planId = "$($have['PlanId'].Value)" }
            if ($null -ne $have['JobId']) { $jobId = "$($have['JobId'].Value)" }
            # That of a job's results is the id of the request that read their page.
            if (-not $jobId -and $null -ne $have['CorrelationId']) { $correlationId = "$($have['CorrelationId'].Value)" }
        }
        $name = "$planId $jobId $correlationId"
        if (-not $byName.ContainsKey($name)) {
            Assert-MfaNamesPlan $Cmdlet $one $planId $jobId
            $known = Find-MfaPlan $planId $jobId $correlationId
            # The same plan, whether its results have kept this property or not.
            $key = if ($jobId -or $null -eq $known) { $name } else { "$planId $($known.CorrelationId)" }
            if (-not $found.Contains($key)) {
                $plan = Resolve-MfaPlan $Cmdlet $known $planId $jobId $Connection
                $set = [Collections.Generic.HashSet[string]]::new([StringComparer]::OrdinalIgnoreCase)
                $found[$key] = [pscustomobject] @{ Plan = $plan; Users = $set; IsWhole = $false }
            }
            $byName[$name] = $found[$key]
        }
        $entry = $byName[$name]
        $isUser = $false
        foreach ($column in $script:UserColumns) {
            $cell = $have[$column]
            if ($null -ne $cell -and ($text = [string] $cell.Value)) {
                [void] $entry.Users.Add($text)
                $isUser = $true
            }
        }
        # What has only what a job has stands for the whole plan.
        if (-not $isUser -and -not ($have.Name | Where-Object { -not $ofJobs.Contains($_) })) { $entry.IsWhole = $true }
    }
    if ($found.Count -eq 0) { Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' 'Name a plan with -PlanId or -JobId, or pipe what -WhatIf returned.' }
    foreach ($entry in $found.Values) {
        if (-not $entry.IsWhole) { Assert-MfaWholePlan $Cmdlet $entry.Plan $entry.Users }
        $entry.Plan
    }
}

function Assert-MfaNamesPlan($Cmdlet, $Object, [string] $PlanId, [string] $JobId) {
    if (-not $PlanId -and -not $JobId) {
        Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' 'This object has no PlanId and no JobId. Nothing was sent.' $Object
    }
    if ($PlanId -and $PlanId -cnotmatch '\A[A-Za-z0-9_-]{1,64}\z') {
        Stop-MfaCommand $Cmdlet 'planIdNotUsable' 'InvalidArgument' "'$PlanId' is not the id of a plan. Nothing was written." $Object
    }
}

# What this session knows of a plan, or the report of its job.
function Resolve-MfaPlan($Cmdlet, $Known, [string] $PlanId, [string] $JobId, [string] $Connection) {
    if ($null -eq $Known -and -not $JobId) {
        Stop-MfaCommand $Cmdlet 'planNotKnown' 'ObjectNotFound' "This session does not know the plan $PlanId (it remembers its last $script:MostListsKept lists). Make the plan again. Or pipe the same users with -PlanId, name the file with -Path, or name the job of the plan with -JobId." $PlanId
    }
    $name = if ($Connection) { $Connection } elseif ($null -ne $Known) { $Known.Connection.Name } else { 'Default' }
    $with = Resolve-MfaConnection $Cmdlet $name
    if ($JobId) {
        $results = if ($null -ne $Known) { $Known.Results } else { (Read-MfaJobReport $Cmdlet $with $JobId).results }
        return [pscustomobject] @{ Connection = $with; Content = $null; Results = $results; Job = $null; PlanId = $(if ($PlanId) { $PlanId }); JobId = $JobId }
    }
    $plan = $Known.PSObject.Copy()
    $plan.Connection = $with
    $plan
}

function Assert-MfaWholePlan($Cmdlet, $Plan, $Users) {
    $planned = @(Get-MfaPlannedUsers $Plan.Results)
    $piped = @($planned | Where-Object { $Users.Contains("$($_.userId)") -or $Users.Contains("$($_.userPrincipalName)") })
    if ($piped.Count -eq $planned.Count) { return }
    $which = if ($Plan.PlanId) { "plan $($Plan.PlanId)" } else { "the plan of job $($Plan.JobId)" }
    Stop-MfaCommand $Cmdlet 'planIncompleteInput' 'InvalidOperation' ("You piped $($piped.Count) of the $(Get-MfaCountText $planned.Count 'planned user') of $which. " +
        'A plan is carried out as a whole. Pipe all of them, or make a plan for these users only. Nothing was written.') $Plan.Results
}

function Assert-MfaPlanId($Cmdlet, $Plans, [string] $PlanId) {
    if (-not $PlanId) { Stop-MfaCommand $Cmdlet 'noPlan' 'InvalidArgument' '-Path needs -PlanId: the plan that is approved. Nothing was written.' }
    if (@($Plans).Count -ne 1) {
        Stop-MfaCommand $Cmdlet 'severalPlans' 'InvalidOperation' 'This list is too long for one request, so it has several plans. Nothing was written. Split the list.'
    }
    $plan = @($Plans)[0]
    if (-not [string]::Equals($plan.PlanId, $PlanId)) {
        $text = "412 planChanged: What would be done now is another plan ($($plan.PlanId)). Nothing was written."
        $known = Find-MfaPlan $PlanId ''
        $answer = [pscustomobject] @{ Status = 412; Json = [pscustomobject] @{ planId = $plan.PlanId; results = $plan.Results } }
        if ($null -ne $known) { $text += [Environment]::NewLine + (Get-MfaDifferenceText $answer $known) }
        Stop-MfaCommand $Cmdlet 'planChanged' 'InvalidOperation' $text $answer.Json
    }
}
