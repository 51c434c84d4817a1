function Invoke-MfaPlan {
    <#
    .SYNOPSIS
    Carries out, as a whole, a plan that -WhatIf returned or that a limit refused. If the plan has changed, writes nothing.
    .DESCRIPTION
    The session remembers its plans: name one with -PlanId, or pipe the objects that -WhatIf returned. You cannot carry out
    a part of a plan: if a planned user is not among the objects that you pipe, the function refuses the call
    (planIncompleteInput). To write some of the users only, make a plan for them.

    Another person who approves a plan pipes the same users again with -PlanId, names the same file with -Path, or names the
    job of the plan with -JobId. The webhook makes the plan again. If the plan has changed, the webhook writes nothing, and
    the error (planChanged) says what differs.

    With the right approve this also passes the limits tooManyRemovals, tooManyOverwrites and dailyLimit.
    .PARAMETER InputObject
    Results of -WhatIf, at least those of all planned users, or jobs. With -PlanId: the users, as Sync-MfaPhone takes them,
    or objects with values, as Set-MfaMethod takes them.
    .PARAMETER PlanId
    The id of the plan.
    .PARAMETER JobId
    The id of the job that made the plan.
    .PARAMETER Path
    The file of the plan, as Import-MfaTable took it.
    .PARAMETER NoWait
    Return the job instead of waiting for it.
    .PARAMETER Reason
    Why you do this, such as the number of a ticket. The audit trail keeps it. One line of up to 200 characters, in ASCII
    unless the connection signs its calls.
    .PARAMETER Connection
    The name of a connection. Without it: that of the plan, if this session made it, else Default.
    .EXAMPLE
    $plan = Get-ADUser -Filter * | Sync-MfaPhone -WhatIf
    $plan | Invoke-MfaPlan
    .EXAMPLE
    Get-ADUser -Filter * | Invoke-MfaPlan -PlanId mX3vT0Zk -Connection approver

    In another session: writes the same users, but only if their plan is still the same.
    .EXAMPLE
    Invoke-MfaPlan -JobId 5f0c3c1e-7d5a-4c3b-9a55-0d3f0f1c2b4a -PlanId mX3vT0Zk
    .LINK
    about_MfaWebhook
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('MfaWebhook.Result', 'MfaWebhook.Job')]
    param(
        [Parameter(ValueFromPipeline)] [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [object[]] $InputObject,
        [Parameter(Position = 0)] [string] $PlanId,
        [string] $JobId,
        [string] $Path,
        [switch] $NoWait,
        [string] $Reason,
        [string] $Connection
    )
    begin {
        Use-MfaCallerPreference $PSCmdlet
        $objects = [Collections.Generic.List[object]]::new()
    }
    process { if ($PSBoundParameters.ContainsKey('InputObject')) { Add-MfaObject $objects $InputObject } }
    end {
        $options = @{ reason = $Reason }
        $mode = Get-MfaMode
        if ($objects.Count -and ($Path -or $JobId)) {
            Stop-MfaCommand $PSCmdlet 'inputNotUsed' 'InvalidArgument' '-Path and -JobId name a whole plan: pipe nothing with them. Nothing was written.'
        }
        if ($Path -or ($PlanId -and $objects.Count)) {
            $with = Resolve-MfaConnection $PSCmdlet $(if ($Connection) { $Connection } else { 'Default' })
            Assert-MfaReason $PSCmdlet $with $Reason
            $content = if ($Path) { New-MfaTableContent $PSCmdlet $with $Path } else { New-MfaApprovedContent $PSCmdlet $objects }
            $plans = @(Get-MfaPlans $PSCmdlet $with $content $options -AcceptLimit)
            Assert-MfaPlanId $PSCmdlet $plans $PlanId
        }
        else {
            $named = if ($PlanId -or $JobId) { [pscustomobject] @{ PlanId = $PlanId; JobId = $JobId } } else { $objects }
            $plans = @(Get-MfaNamedPlans $PSCmdlet $named $Connection)
            foreach ($plan in $plans) { Assert-MfaReason $PSCmdlet $plan.Connection $Reason }
            if ($mode -eq 'WhatIf') {
                $list = [Collections.Generic.List[object]]::new()
                $plans = foreach ($plan in $plans) { if ($plan.JobId) { $plan } else { Get-MfaPlans $PSCmdlet $plan.Connection $plan.Content $options $list } }
            }
        }
        if ($mode -eq 'WhatIf') { return $plans | ForEach-Object { $_.Results } }
        if ($mode -eq 'Ask') {
            $what = "plan $(@($plans | ForEach-Object { if ($_.PlanId) { $_.PlanId } else { $_.JobId } }) -join ', ')"
            if (-not (Read-MfaConsent $PSCmdlet $what (Get-MfaPlanText $plans))) { return }
        }
        Invoke-MfaPlanWrite $PSCmdlet $plans $options -NoWait:$NoWait
    }
}
