# A plan is carried out as a whole, and a list with all its parts.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Get-Strangers([int] $Count) { 1..$Count | ForEach-Object { "nobody$_@contoso.com" } }
    function New-Rows([string[]] $Users) { $Users | ForEach-Object { [pscustomobject] @{ UPN = $_; mobile = '+46 701740690' } } }
}

Describe 'A part of a plan' {
    BeforeEach {
        Reset-Sandbox
        InModuleScope MfaWebhook { $script:Plans.Clear() }
        # Two are planned, one is unchanged, one is nobody.
        $plan = 'bjorn.berg@contoso.com', 'carla.diaz@contoso.com', 'anna.andersson@contoso.com', 'nobody1@contoso.com' | Sync-MfaPhone -WhatIf
    }
    It 'is refused, with what is missing: <what>' -ForEach @(
        @{ what = 'filtered'; take = { $plan | Where-Object userPrincipalName -Like 'bjorn*' } }
        @{ what = 'the first of them'; take = { $plan | Sort-Object userPrincipalName -Descending | Select-Object -First 2 } }
        @{ what = 'of the same columns'; take = { $plan | Where-Object userPrincipalName -Like 'bjorn*' | Select-Object userPrincipalName, status, PlanId } }
        @{ what = 'by id'; take = { $plan | Where-Object userPrincipalName -Like 'bjorn*' | Select-Object userId, PlanId } }
        @{ what = 'from a file'; take = { $plan | Where-Object userPrincipalName -Like 'bjorn*' | Export-Csv TestDrive:/plan.csv -NoTypeInformation; Import-Csv TestDrive:/plan.csv } }
        @{ what = 'under another header'; take = { $plan | Where-Object userPrincipalName -Like 'bjorn*' | Select-Object @{ n = 'Who'; e = { $_.userPrincipalName } }, PlanId } }
    ) {
        foreach ($mode in @{ WhatIf = $true }, @{ Confirm = $false }) {
            $failure = Get-Failure { & $take | Invoke-MfaPlan @mode }
            $failure.FullyQualifiedErrorId | Should -Be 'planIncompleteInput,Invoke-MfaPlan'
            "$failure" | Should -Match "^You piped [01] of the 2 planned users of plan $($plan[0].PlanId)\. .* Nothing was written\.$"
        }
        @(Get-Sent).Count | Should -Be 1
    }
    It 'may leave out who is not planned, and the order is free: <what>' -ForEach @(
        @{ what = 'planned only'; take = { $plan | Where-Object status -EQ planned } }
        @{ what = 'sorted'; take = { $plan | Sort-Object status, userPrincipalName -Descending } }
        @{ what = 'some columns'; take = { $plan | Select-Object userPrincipalName, PlanId } }
        @{ what = 'from a file'; take = { $plan | Export-Csv TestDrive:/plan.csv -NoTypeInformation -Encoding UTF8; Import-Csv TestDrive:/plan.csv -Encoding UTF8 } }
        @{ what = 'some with all columns, some without'; take = { @($plan[0]) + @($plan[1] | Select-Object userId, PlanId) } }
        @{ what = 'the id alone'; take = { $plan | Select-Object PlanId -Unique } }
    ) {
        (& $take | Invoke-MfaPlan -Confirm:$false).code | Should -Be updated, added, unchanged, userNotFound
        @(Get-Writes).Count | Should -Be 2
    }
    It 'counts users with one value that cannot be used' {
        $plan = @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690' }, @{ UPN = 'bjorn.berg@contoso.com'; mobile = '+46 701740778'; office = '+46 12' } | Set-MfaMethod -WhatIf
        $plan.status | Should -Be planned, failed
        "$(Get-Failure { $plan | Where-Object status -EQ planned | Invoke-MfaPlan -Confirm:$false })" | Should -BeLike 'You piped 1 of the 2 planned users*'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'is refused of a plan above a limit too' {
        $failure = Get-Failure { Get-Crowd | Set-MfaMethod -Remove mobile -Confirm:$false }
        $results = $failure.TargetObject.results
        "$(Get-Failure { $results | Select-Object -First 1 | Invoke-MfaPlan -Connection board -Confirm:$false })" | Should -BeLike "You piped 1 of the $($results.Count) planned users*"
        Get-Writes | Should -BeNullOrEmpty
        @($results | Invoke-MfaPlan -Connection board -Confirm:$false).Count | Should -Be $results.Count
    }
    It 'of one plan among several stops all' {
        $other = Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -WhatIf -Connection board
        (Get-Failure { @($other) + @($plan[1]) | Invoke-MfaPlan -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'planIncompleteInput,Invoke-MfaPlan'
        Get-Writes | Should -BeNullOrEmpty
        @(@($other) + @($plan) | Invoke-MfaPlan -Confirm:$false).Count | Should -Be 5
    }
    It 'is refused of a job too, whether this session made it or not, but the job itself may be piped' {
        $plan = @('bjorn.berg@contoso.com', 'carla.diaz@contoso.com') + (Get-Strangers 30) | Sync-MfaPhone -WhatIf
        $job = Get-MfaJob -JobId $plan[0].JobId
        foreach ($take in { $plan | Select-Object -First 1 }, { InModuleScope MfaWebhook { $script:Plans.Clear() }; $job | Receive-MfaJob | Where-Object userPrincipalName -Like 'carla*' }) {
            "$(Get-Failure { & $take | Invoke-MfaPlan -Confirm:$false })" | Should -BeLike 'You piped 1 of the 2 planned users*'
        }
        (Get-Failure { $plan[0] | Invoke-MfaPlan -JobId $plan[0].JobId -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'inputNotUsed,Invoke-MfaPlan'
        Get-Writes | Should -BeNullOrEmpty
        ($job | Receive-MfaJob -Status planned | Invoke-MfaPlan -WhatIf).Count | Should -Be 32
        ($job | Select-Object JobId, PlanId, Status | Invoke-MfaPlan -WhatIf).Count | Should -Be 32
        ($job | Invoke-MfaPlan -Confirm:$false).Count | Should -Be 32
        @(Get-Writes).Count | Should -Be 2
    }
    It 'cannot be named with a file' {
        Set-Content TestDrive:/table.csv -Value 'UPN,Mobile,ForcedUpdate', 'eva.null@contoso.com,+46 701740691,true'
        $plan = Import-MfaTable TestDrive:/table.csv -WhatIf
        (Get-Failure { $plan | Invoke-MfaPlan -Path TestDrive:/table.csv -PlanId $plan.PlanId -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'inputNotUsed,Invoke-MfaPlan'
        Get-Writes | Should -BeNullOrEmpty
    }
}

Describe 'A list of many parts' {
    BeforeEach { Reset-Sandbox; InModuleScope MfaWebhook { $script:Plans.Clear() } }
    It 'is carried out however many parts it has, also after a look with -WhatIf' {
        $first = Sync-MfaPhone carla.diaz@contoso.com -WhatIf
        $plan = New-Rows (@('eva.null@contoso.com') + (Get-Strangers 420) + 'bjorn.berg@contoso.com') | Set-MfaMethod -WhatIf
        @(Get-Sent).Count | Should -BeGreaterThan 40
        @($plan | Invoke-MfaPlan -WhatIf).Count | Should -Be 422
        $results = $plan | Invoke-MfaPlan -Confirm:$false
        $results.Count | Should -Be 422
        @($results | Where-Object status -EQ changed).userPrincipalName | Should -Be eva.null@contoso.com, bjorn.berg@contoso.com
        ($first | Invoke-MfaPlan -Confirm:$false).code | Should -Be added
    }
    It 'keeps the results of all parts, though those without a write have the same id' {
        $plan = New-Rows (Get-Strangers 45) | Set-MfaMethod -WhatIf
        @($plan.PlanId | Select-Object -Unique).Count | Should -Be 1
        foreach ($mode in @{ WhatIf = $true }, @{ Confirm = $false }) { ($plan | Invoke-MfaPlan @mode).userPrincipalName | Should -Be $plan.userPrincipalName }
    }
    It 'refuses a part of one request, and writes what is whole' {
        $plan = New-Rows (@('eva.null@contoso.com', 'bjorn.berg@contoso.com') + (Get-Strangers 25)) | Set-MfaMethod -WhatIf
        (Get-Failure { $plan[1..26] | Invoke-MfaPlan -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'planIncompleteInput,Invoke-MfaPlan'
        Get-Writes | Should -BeNullOrEmpty
        $null = $plan | Where-Object status -EQ planned | Invoke-MfaPlan -Confirm:$false
        @(Get-Writes).Count | Should -Be 2
    }
}
