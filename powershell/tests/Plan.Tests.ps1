# Invoke-MfaPlan: what was shown is carried out, or nothing.
BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Invoke-MfaPlan' {
    BeforeEach { Reset-Sandbox; InModuleScope MfaWebhook { $script:Plans.Clear() } }
    It 'carries out what -WhatIf returned' {
        $plan = 'bjorn.berg@contoso.com', 'carla.diaz@contoso.com' | Sync-MfaPhone -WhatIf
        ($plan | Invoke-MfaPlan -Confirm:$false).code | Should -Be updated, added
        $sent = @(Get-Sent)
        $sent.path | Should -Be '/api/reconcile?dryRun=true', '/api/reconcile'
        Get-Header $sent[1] if-match | Should -Be "`"$($plan[0].PlanId)`""
        $sent[1].body | Should -Be $sent[0].body
        @(Get-Writes).Count | Should -Be 2
    }
    It 'remembers the request of a plan by its id, and the connection' {
        $plan = Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -WhatIf -Connection board
        (Invoke-MfaPlan $plan.PlanId -Confirm:$false).code | Should -Be added
        Get-Header @(Get-Sent)[1] message | Should -Be $Sandbox.board
        Get-Registered eva.null@contoso.com | Should -Be '+46 701740690'
    }
    It 'keeps the newest lists only' {
        $first = Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -WhatIf
        1..20 | ForEach-Object { $null = Set-MfaMethod eva.null@contoso.com -Mobile "+46 7017406$($_ + 10)" -WhatIf }
        $failure = Get-Failure { $first | Invoke-MfaPlan -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'planNotKnown,Invoke-MfaPlan'
        "$failure" | Should -BeLike "This session does not know the plan $($first.PlanId) (it remembers its last 20 lists). Make the plan again.*"
    }
    It 'shows the plan and asks; No sends nothing' {
        $run = Invoke-Answering 2 '$plan = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf; $plan | Invoke-MfaPlan'
        $run.Asked[0] | Should -BeLike '*bjorn.berg@contoso.com  mobile update*'
        @(Get-Sent).Count | Should -Be 1
        $run = Invoke-Answering 0 '$plan | Invoke-MfaPlan'
        $run.Output.code | Should -Be updated
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'plans again with -WhatIf' {
        $plan = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf
        ($plan | Invoke-MfaPlan -WhatIf).PlanId | Should -Be $plan.PlanId
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'says what differs when the plan is another one by now' {
        $plan = 'bjorn.berg@contoso.com', 'carla.diaz@contoso.com' | Sync-MfaPhone -WhatIf
        $null = Set-MfaMethod bjorn.berg@contoso.com -Mobile '+46 701740606' -Confirm:$false
        $null = Invoke-Control DELETE "$($Sandbox.url)/_relay/requests"
        $failure = Get-Failure { $plan | Invoke-MfaPlan -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'planChanged,Invoke-MfaPlan'
        "$failure" | Should -BeLike "*bjorn.berg@contoso.com mobile *was 'mobile update*, is*"
        @($failure.TargetObject.differences).User | Should -Contain bjorn.berg@contoso.com
        @($failure.TargetObject.differences).User | Should -Not -Contain carla.diaz@contoso.com
        $failure.TargetObject.results.Count | Should -Be 2
        Get-Registered carla.diaz@contoso.com | Should -BeNullOrEmpty
    }
    It 'lets an approver carry out what a limit stopped, by the same users' {
        $crowd = Get-Crowd
        $users = $crowd | ForEach-Object { [pscustomobject] @{ UserPrincipalName = $_; mobile = '+46 7017406' + (10 + $crowd.IndexOf($_)) } }
        $failure = Get-Failure { $users * 1 | Set-MfaMethod -Remove office -Confirm:$false; $crowd | Set-MfaMethod -Remove mobile -Confirm:$false }
        $planId = $failure.TargetObject.planId
        (Get-Failure { Invoke-MfaPlan $planId -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'tooManyRemovals,Invoke-MfaPlan'
        $results = Invoke-MfaPlan $planId -Connection board -Confirm:$false
        @($results | Where-Object code -eq removed).Count | Should -BeGreaterThan 9
        Get-Registered $results[0].userPrincipalName | Should -BeNullOrEmpty
    }
    It 'takes the same users from somebody who did not make the plan' {
        $planId = (@((New-AdUser bjorn.berg@contoso.com), (New-AdUser carla.diaz@contoso.com)) | Sync-MfaPhone -WhatIf -Connection feed)[0].PlanId
        InModuleScope MfaWebhook { $script:Plans.Clear() }
        (Get-Failure { Invoke-MfaPlan $planId -Connection board -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'planNotKnown,Invoke-MfaPlan'
        ('bjorn.berg@contoso.com', 'carla.diaz@contoso.com' | Invoke-MfaPlan -PlanId $planId -Connection board -Confirm:$false).code | Should -Be updated, added
        @(Get-Writes).Count | Should -Be 2
    }
    It 'takes the same values, and the same file' {
        $rows = [pscustomobject] @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690' }
        $planId = ($rows | Set-MfaMethod -WhatIf).PlanId
        InModuleScope MfaWebhook { $script:Plans.Clear() }
        ($rows | Invoke-MfaPlan -PlanId $planId -Connection board -Confirm:$false).code | Should -Be added
        Set-Content TestDrive:/table.csv -Value 'UPN,Mobile,ForcedUpdate', 'eva.null@contoso.com,+46 701740691,true'
        $planId = (Import-MfaTable TestDrive:/table.csv -WhatIf).PlanId
        (Invoke-MfaPlan -Path TestDrive:/table.csv -PlanId $planId -Connection board -Confirm:$false).code | Should -Be updated
        Get-Registered eva.null@contoso.com | Should -Be '+46 701740691'
    }
    It 'writes nothing for other users than those of the plan' {
        $planId = (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf).PlanId
        $failure = Get-Failure { 'bjorn.berg@contoso.com', 'carla.diaz@contoso.com' | Invoke-MfaPlan -PlanId $planId -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'planChanged,Invoke-MfaPlan'
        "$failure" | Should -BeLike '*carla.diaz@contoso.com*'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'applies the job of a plan, also by its id alone, and signed' {
        $list = @('bjorn.berg@contoso.com') + (1..30 | ForEach-Object { "nobody$_@contoso.com" })
        $plan = $list | Sync-MfaPhone -WhatIf -Connection hr
        InModuleScope MfaWebhook { $script:Plans.Clear() }
        $results = Invoke-MfaPlan -JobId $plan[0].JobId -PlanId $plan[0].PlanId -Connection hr -Confirm:$false
        $results.Count | Should -Be 31
        @(Get-Sent | Where-Object path -like '*/apply').body | Should -Be "{`"operation`":`"apply`",`"jobId`":`"$($plan[0].JobId)`",`"planId`":`"$($plan[0].PlanId)`"}"
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'applies no job whose plan is another one' {
        $plan = @('bjorn.berg@contoso.com') + (1..30 | ForEach-Object { "nobody$_@contoso.com" }) | Sync-MfaPhone -WhatIf
        $failure = Get-Failure { Invoke-MfaPlan -JobId $plan[0].JobId -PlanId another-plan -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'planChanged,Invoke-MfaPlan'
        Get-Writes | Should -BeNullOrEmpty
        ($plan | Invoke-MfaPlan -WhatIf).Count | Should -Be 31
        ($plan | Invoke-MfaPlan -NoWait -Confirm:$false | Wait-MfaJob).Applies | Should -Be $plan[0].JobId
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'needs to know which plan' {
        (Get-Failure { Invoke-MfaPlan -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'noPlan,Invoke-MfaPlan'
        (Get-Failure { 'bjorn.berg@contoso.com' | Invoke-MfaPlan -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'noPlan,Invoke-MfaPlan'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'takes nothing for an id that could not be one' {
        foreach ($id in "x`r`nX-Evil: 1", "mX3vT0Zk`n", "mX3vT0Z$([char] 0x212a)") {
            (Get-Failure { Invoke-MfaPlan -PlanId $id -JobId 5f0c3c1e-7d5a-4c3b-9a55-0d3f0f1c2b4a -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'planIdNotUsable,Invoke-MfaPlan'
        }
        $plan = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf
        (Get-Failure { $plan | Invoke-MfaPlan -Confirm:$false -Reason "one`ntwo" }).FullyQualifiedErrorId | Should -Be 'reasonNotUsable,Invoke-MfaPlan'
        @(Get-Sent).Count | Should -Be 1
    }
    It 'carries out each plan on the connection that made it, and shows both addresses' {
        $two = { $plans = @(Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection feed) + @(Set-MfaMethod carla.diaz@contoso.com -Mobile '+46 701740612' -WhatIf -Connection board) }
        . $two
        $null = Invoke-Control DELETE "$($Sandbox.url)/_relay/requests"
        ($plans | Invoke-MfaPlan -WhatIf).status | Should -Be planned, planned
        ($plans | Invoke-MfaPlan -Confirm:$false).code | Should -Be updated, added
        Get-Sent | ForEach-Object { Get-Header $_ message } | Should -Be $Sandbox.feed, $Sandbox.board, $Sandbox.feed, $Sandbox.board
        Reset-Sandbox
        $run = Invoke-Answering 0 "$two; `$plans | Invoke-MfaPlan"
        foreach ($shown in '*feed (*: 1 user, *bjorn.berg*', '*board (*: 1 user, *carla.diaz*') { $run.Asked[0] | Should -BeLike $shown }
        @(Get-Writes).Count | Should -Be 2
    }
    It 'shows with -WhatIf the plan of a job beside one of a short list' {
        $plans = @(@('carla.diaz@contoso.com') + (1..30 | ForEach-Object { "nobody$_@contoso.com" }) | Sync-MfaPhone -WhatIf) + @(Sync-MfaPhone bjorn.berg@contoso.com -WhatIf)
        foreach ($given in $plans, $plans[31..0]) { @($given | Invoke-MfaPlan -WhatIf).Count | Should -Be 32 }
        Get-Writes | Should -BeNullOrEmpty
    }
}
