# Plans: made by a dry run, shown, remembered for this session, and carried out.

$script:MostListsKept = 20
$script:MostChangesShown = 20
$script:RowsInABlock = 200        # INLINE_USERS, unless somebody changed it

function New-MfaPlan($Connection, $Content, $Report, $Job) {
    [pscustomobject] @{
        Connection = $Connection; Content = $Content; Results = $Report.results; Job = $Job
        PlanId = Get-MfaMember $Report 'planId'; JobId = Get-MfaMember $Report 'jobId'
        CorrelationId = Get-MfaMember $Report 'correlationId'
    }
}

# The plan joins those of the other parts of its list. The newest lists are kept: a body holds numbers, and should not stay
# for long.
function Save-MfaPlan($Plan, [Collections.Generic.List[object]] $List) {
    if ($null -eq $Plan.PlanId -and $null -eq $Plan.JobId) { return }
    $List.Add($Plan)
    if (-not $script:Plans.Contains($List)) { $script:Plans.Insert(0, $List) }
    while ($script:Plans.Count -gt $script:MostListsKept) { $script:Plans.RemoveAt($script:Plans.Count - 1) }
}

# The plan that this very dry run made, or else the newest with this id: all plans without a write have the same id.
function Find-MfaPlan([string] $PlanId, [string] $JobId, [string] $CorrelationId) {
    $plans = foreach ($list in $script:Plans) { $list }
    if ($JobId) { return $plans | Where-Object { $_.JobId -eq $JobId } | Select-Object -First 1 }
    $same = @($plans | Where-Object { $_.PlanId -ceq $PlanId })
    @($same | Where-Object { $_.CorrelationId -eq $CorrelationId }) + $same | Select-Object -First 1
}

function Test-MfaTooLong($Answer, $Content) {
    $Answer.Status -eq 413 -and $Content.Operation -eq 'set' -and $Content.Count -gt 1
}

# Dry runs: of the whole list, or of its parts where one request cannot hold it. The first that is refused ends it, and
# so nothing is written. -AcceptLimit: a plan above a limit is a plan, for somebody who may approve it. -List: where the
# plans are kept together.
function Get-MfaPlans($Cmdlet, $Connection, $Content, [Collections.IDictionary] $Options, [Collections.Generic.List[object]] $List = [Collections.Generic.List[object]]::new(), [switch] $AcceptLimit, [switch] $IsTooLong) {
    if (-not $IsTooLong) { $answer = Send-MfaContent $Connection $Content ($Options + @{ dryRun = $true }) }
    if ($IsTooLong -or (Test-MfaTooLong $answer $Content)) {
        Assert-MfaDistinctUsers $Cmdlet $Content
        $size = [Math]::Min($script:RowsInABlock, [Math]::Ceiling($Content.Count / 2))
        $plans = @(foreach ($part in Split-MfaContent $Content $size) { Get-MfaPlans $Cmdlet $Connection $part $Options $List })
        Assert-MfaDistinctPlans $Cmdlet $plans
        return $plans
    }
    if ($answer.Status -eq 202) {
        $jobId = Get-MfaAcceptedJob $Cmdlet $answer
        $job = Wait-MfaJobEnd $Cmdlet $Connection $jobId
        $report = Read-MfaJobReport $Cmdlet $Connection $jobId
        $plan = New-MfaPlan $Connection $Content $report $job
        Save-MfaPlan $plan $List
        $record = Get-MfaJobError $job $report
        if ($null -ne $record -and -not ($AcceptLimit -and $record.FullyQualifiedErrorId -in $script:Limits)) {
            $Cmdlet.ThrowTerminatingError($record)
        }
        return $plan
    }
    if ($answer.Status -eq 422) { Save-MfaRefusedPlan $Connection $Content $answer $List }
    if (-not ($AcceptLimit -and $answer.Status -eq 422 -and $null -ne $answer.Json)) { $null = Get-MfaBody $Cmdlet $answer }
    $null = Get-MfaResults $Cmdlet $answer.Json
    $plan = New-MfaPlan $Connection $Content $answer.Json
    Save-MfaPlan $plan $List
    $plan
}

# A name and an id, or two spellings of a name, may be one user: only the dry runs of all parts show it.
function Assert-MfaDistinctPlans($Cmdlet, $Plans) {
    $twice = @($Plans | ForEach-Object { $_.Results } | Where-Object { $_.userId } | Group-Object -Property userId | Where-Object { $_.Count -gt 1 })
    Stop-MfaTwice $Cmdlet ($twice | ForEach-Object { @(@($_.Group.userPrincipalName) + $_.Name | Where-Object { $_ })[0] })
}

# What a limit has stopped an approver may let through.
function Save-MfaRefusedPlan($Connection, $Content, $Answer, [Collections.Generic.List[object]] $List = [Collections.Generic.List[object]]::new()) {
    if ($null -ne (Get-MfaMember $Answer.Json 'planId') -and $null -ne (Get-MfaMember $Answer.Json 'results')) {
        Save-MfaPlan (New-MfaPlan $Connection $Content $Answer.Json) $List
    }
}

# What would be written. A user with one value that failed may have others that are planned.
function Get-MfaPlannedChanges($Results) {
    foreach ($result in $Results) {
        foreach ($change in $result.changes) {
            if ($change.action -ne 'keep' -and $change.status -eq 'planned') {
                [pscustomobject] @{ Who = $(if ($result.userPrincipalName) { $result.userPrincipalName } else { $result.userId }); Change = $change }
            }
        }
    }
}

function Get-MfaPlannedUsers($Results) {
    foreach ($result in $Results) {
        $isPlanned = $result.status -eq 'planned'
        foreach ($change in $result.changes) { if ($change.action -ne 'keep' -and $change.status -eq 'planned') { $isPlanned = $true } }
        if ($isPlanned) { $result }
    }
}

function Test-MfaNothingPlanned($Plans) {
    @(Get-MfaPlannedUsers ($Plans | ForEach-Object { $_.Results })).Count -eq 0
}

# What is shown before the question. Plans of several connections are shown apart.
function Get-MfaPlanText($Plans) {
    @($Plans | Group-Object { $_.Connection.Name } | ForEach-Object { Get-MfaConnectionText $_.Group[0].Connection $_.Group }) -join [Environment]::NewLine
}

function Get-MfaConnectionText($Connection, $Plans) {
    $results = @($Plans | ForEach-Object { $_.Results })
    $counts = $results | Group-Object -Property status | ForEach-Object { "$($_.Count) $($_.Name)" }
    $lines = [Collections.Generic.List[string]]::new()
    $lines.Add("$($Connection.Name) ($($Connection.Base)): $(Get-MfaCountText $results.Count 'user'), $($counts -join ', ').")
    $changes = @(Get-MfaPlannedChanges $results)
    $kinds = $changes | Group-Object { "$($_.Change.method) $($_.Change.action)" } | ForEach-Object { "$($_.Name) $($_.Count)" }
    if ($changes) { $lines.Add("Changes: $($kinds -join ', ').") }
    foreach ($one in $changes | Select-Object -First $script:MostChangesShown) { $lines.Add("  $($one.Who)  $(Get-MfaChangeText $one.Change)") }
    if ($changes.Count -gt $script:MostChangesShown) { $lines.Add("  ... and $(Get-MfaCountText ($changes.Count - $script:MostChangesShown) 'more change'); -WhatIf returns all.") }
    if (@($Plans).Count -gt 1) { $lines.Add("The list is too long for one request. It goes in $(@($Plans).Count) requests, and limits count for each of them.") }
    $lines -join [Environment]::NewLine
}

# What stands in one plan and not in the other: user, method, and what each would do.
function Compare-MfaPlan($Before, $Now) {
    $old = Get-MfaPlanEntries $Before
    $new = Get-MfaPlanEntries $Now
    $keys = @($old.Keys) + @($new.Keys | Where-Object { -not $old.Contains($_) })
    foreach ($key in $keys) {
        if ("$($old[$key])" -ne "$($new[$key])") {
            $who, $method = $key -split "`n"
            [pscustomobject] @{ User = $who; Method = $method; Before = $old[$key]; Now = $new[$key] }
        }
    }
}

function Get-MfaPlanEntries($Results) {
    $entries = [ordered] @{}
    foreach ($result in $Results) {
        $who = if ($result.userPrincipalName) { $result.userPrincipalName } else { $result.userId }
        foreach ($change in $result.changes) {
            if ($change.action -ne 'keep') { $entries["$who`n$($change.method) $(Get-MfaMember $change 'id')"] = Get-MfaChangeText $change }
        }
        if (-not $result.changes) { $entries["$who`n"] = $result.code }
    }
    $entries
}
