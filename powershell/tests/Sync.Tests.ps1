# Lists by name: who may be named how, -WhatIf, questions, and what the tenant holds afterwards.
BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Sync-MfaPhone takes' {
    BeforeEach { Reset-Sandbox }
    It 'texts, names and object ids alike, in one request' {
        $id = (Invoke-Control GET "$($Sandbox.control)/users/carla.diaz@contoso.com").id
        $results = 'bjorn.berg@contoso.com', $id, 'anna.andersson@contoso.com' | Sync-MfaPhone -Confirm:$false
        $results.code | Should -Be updated, added, unchanged
        Get-SentCalls | Should -Be 'POST /api/reconcile'
        Get-Writes | Sort-Object | Should -Be 'PATCH bjorn.berg@contoso.com mobile +46 701740606', 'POST carla.diaz@contoso.com mobile +1 2065550101'
    }
    It 'users of Get-ADUser' {
        $results = (New-AdUser bjorn.berg@contoso.com), (New-AdUser anna.andersson@contoso.com) | Sync-MfaPhone -Confirm:$false
        $results.code | Should -Be updated, unchanged
        (Get-Sent).body | Should -Be '[{"userPrincipalName":"bjorn.berg@contoso.com"},{"userPrincipalName":"anna.andersson@contoso.com"}]'
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'users of Get-MgUser, by their id where the name was not selected' {
        $id = (Invoke-Control GET "$($Sandbox.control)/users/carla.diaz@contoso.com").id
        $results = (New-MgUser bjorn.berg@contoso.com x), (New-MgUser '' $id) | Sync-MfaPhone -Confirm:$false
        $results.code | Should -Be updated, added
        (Get-Sent).body | Should -Be "[{`"userPrincipalName`":`"bjorn.berg@contoso.com`"},{`"id`":`"$id`"}]"
        Get-Registered carla.diaz@contoso.com | Should -Be '+1 2065550101'
    }
    It 'rows of a CSV, by UPN, with columns that are not used' {
        Set-Content -Path TestDrive:/users.csv -Value 'UPN,Department', 'bjorn.berg@contoso.com,Sales', 'carla.diaz@contoso.com,Sales'
        (Import-Csv TestDrive:/users.csv | Sync-MfaPhone -Confirm:$false).code | Should -Be updated, added
        @(Get-Writes).Count | Should -Be 2
    }
    It 'lines of a file and hashtables' {
        Set-Content -Path TestDrive:/users.txt -Value 'bjorn.berg@contoso.com'
        $results = @(Get-Content TestDrive:/users.txt) + @{ UserPrincipalName = 'carla.diaz@contoso.com' } | Sync-MfaPhone -WhatIf
        $results.code | Should -Be planned, planned
    }
    It 'names with other letters, as they are' {
        $names = "$([char] 0xe5)sa.$([char] 0xf6)berg@contoso.com", 'siobhan.o''brien@contoso.com', 'adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com'
        $results = $names | Sync-MfaPhone -Confirm:$false
        $results.userPrincipalName | Should -Be $names
        $results.status | Should -Be changed, changed, changed
        Get-Registered $names[0] | Should -Be '+46 701740612'
        Get-Registered $names[1] | Should -Be '+44 7700900102'
    }
    It 'a group, and brings its members to their numbers' {
        $results = Sync-MfaPhone -Group 9009c000-0000-4000-8000-00000000009c -Confirm:$false -Connection board
        $results | Sort-Object userPrincipalName | ForEach-Object code | Should -Be unchanged, updated, added
        Get-Writes | Sort-Object | Should -Be 'PATCH bjorn.berg@contoso.com mobile +46 701740606', 'POST carla.diaz@contoso.com mobile +1 2065550101'
    }
    It 'a group, in one request' {
        Add-Answer 202 @{ jobId = '00000000-0000-0000-0000-000000000001' } -Type application/json
        Add-Answer 200 @{ jobId = '00000000-0000-0000-0000-000000000001'; status = 'running' } -Type application/json
        $job = Sync-MfaPhone -Group 9009c000-0000-4000-8000-00000000009c -NoWait -Confirm:$false -Connection board
        $job.Status | Should -Be running
        $sent = @(Get-Sent)[0]
        "$($sent.method) $($sent.path)" | Should -Be 'POST /api/reconcile?async=true'
        $sent.body | Should -Be '{"group":"9009c000-0000-4000-8000-00000000009c"}'
    }
    It 'everyone, of whom -WhatIf writes nothing' {
        $all = @(Sync-MfaPhone -Everyone -WhatIf -Connection board)
        $all.Count | Should -BeGreaterThan 20
        ($all | Where-Object userPrincipalName -eq 'bjorn.berg@contoso.com').code | Should -Be planned
        ($all | Where-Object userPrincipalName -eq 'anna.andersson@contoso.com').code | Should -Be unchanged
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'no group and not everyone, where the caller may not operate' {
        (Get-Failure { Sync-MfaPhone -Everyone -WhatIf -Connection feed }).FullyQualifiedErrorId | Should -Be 'rightMissing,Sync-MfaPhone'
        (Get-Failure { Sync-MfaPhone -Group 9009c000-0000-4000-8000-00000000009c -Confirm:$false -Connection feed }).FullyQualifiedErrorId | Should -Be 'rightMissing,Sync-MfaPhone'
    }
    It 'everyone, in a signed call too' {
        Add-Answer 400 @{ code = 'invalidBody'; detail = 'x' }
        $null = Get-Failure { Sync-MfaPhone -Everyone -WhatIf -Connection hr }
        (Get-Sent).body | Should -Match '^\{"operation":"reconcile","scope":"everyone","dryRun":true,"idempotencyKey":"[0-9a-f-]{36}"\}$'
        $failure = Get-Failure { Sync-MfaPhone -Everyone:$false -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'noUsers,Sync-MfaPhone'
        @(Get-Sent).Count | Should -Be 1
    }
}

Describe 'Sync-MfaPhone refuses' {
    BeforeEach { Reset-Sandbox }
    It 'a value in <column>, because the directory decides' -ForEach @(@{ column = 'mobile' }, @{ column = 'OfficePhone' }, @{ column = 'AlternateMobilePhone' }, @{ column = 'ForcedRemoval' }, @{ column = 'smsSignIn' }) {
        $users = (New-AdUser anna.andersson@contoso.com @{ $column = '' }), (New-AdUser bjorn.berg@contoso.com @{ $column = 'true' })
        $failure = Get-Failure { $users | Sync-MfaPhone -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'valuesNotUsed,Sync-MfaPhone'
        "$failure" | Should -BeLike "Entry 2 has a value in '$column'*"
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'a list of nobody' {
        (Get-Failure { Sync-MfaPhone $null -Confirm:$false -ErrorAction SilentlyContinue }).FullyQualifiedErrorId | Should -Be 'noUsers,Sync-MfaPhone'
        (Get-Failure { $null | Sync-MfaPhone -Confirm:$false -ErrorAction SilentlyContinue }).FullyQualifiedErrorId | Should -Be 'noUsers,Sync-MfaPhone'
        (Get-Failure { @() | Sync-MfaPhone -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'noUsers,Sync-MfaPhone'
        (Get-Failure { Sync-MfaPhone '', $null -Confirm:$false -ErrorAction SilentlyContinue }).FullyQualifiedErrorId | Should -Be 'noUsers,Sync-MfaPhone'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'what the webhook refuses, with the place of each fault' {
        $failure = Get-Failure { 'bjorn.berg@contoso.com', 'no-name', 'b@d name' | Sync-MfaPhone -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'invalidBody,Sync-MfaPhone'
        $failure.CategoryInfo.Category | Should -Be InvalidData
        $failure.Exception.Data['pointers'] | Should -Be '/1/userPrincipalName', '/2/userPrincipalName'
        "$failure" | Should -BeLike '*/2/userPrincipalName: *'
        Get-Writes | Should -BeNullOrEmpty
    }
}

Describe 'Sync-MfaPhone takes what the module returns' {
    BeforeEach { Reset-Sandbox }
    It 'results of users who were listed by id, found or not' {
        $ids = (Get-ObjectId bjorn.berg@contoso.com), '00000000-0000-4000-8000-00000000dead'
        $results = $ids | Sync-MfaPhone -WhatIf
        $results.userId | Should -Be $ids
        $results.code | Should -Be planned, userNotFound
        ($results | Sync-MfaPhone -WhatIf).userId | Should -Be $ids
    }
    It 'methods, for their users' {
        $found = 'sara.smssignin@contoso.com', 'bjorn.berg@contoso.com' | Get-MfaMethod
        $found.SmsSignIn | Should -Contain ready
        ($found | Sync-MfaPhone -WhatIf).userPrincipalName | Should -Be sara.smssignin@contoso.com, bjorn.berg@contoso.com
    }
}

Describe 'Sync-MfaPhone plans and asks' {
    BeforeEach { Reset-Sandbox }
    It 'returns the plan for -WhatIf and writes nothing' {
        $plan = 'bjorn.berg@contoso.com', 'anna.andersson@contoso.com' | Sync-MfaPhone -WhatIf
        $plan.code | Should -Be planned, unchanged
        $plan.PlanId | Should -Match '^[\w-]{8,}$'
        $plan[0].DryRun | Should -BeTrue
        $plan[0].changes.after | Should -Be '+46 *******06'
        Get-SentCalls | Should -Be 'POST /api/reconcile?dryRun=true'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'writes nothing inside a function that was called with -WhatIf, or whose script prefers it' {
        function Update-Sales { [CmdletBinding(SupportsShouldProcess)] param() Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }
        (Update-Sales -WhatIf).code | Should -Be planned
        & { $WhatIfPreference = $true; Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false } | ForEach-Object code | Should -Be planned
        Get-Writes | Should -BeNullOrEmpty
        (Update-Sales).code | Should -Be updated
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'shows the plan, and writes that plan only when the answer is Yes' {
        $run = Invoke-Answering 0 "'bjorn.berg@contoso.com', 'carla.diaz@contoso.com' | Sync-MfaPhone"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.code | Should -Be updated, added
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -BeLike '*2 users, 2 planned*bjorn.berg@contoso.com  mobile update +46 ?******66 -> +46 ?******06*Write this plan?*'
        $sent = @(Get-Sent)
        $sent.path | Should -Be '/api/reconcile?dryRun=true', '/api/reconcile'
        Get-Header $sent[1] if-match | Should -Be "`"$($run.Output[0].PlanId)`""
        @(Get-Writes).Count | Should -Be 2
    }
    It 'sends nothing more when the answer is No' {
        $run = Invoke-Answering 2 "'bjorn.berg@contoso.com' | Sync-MfaPhone -Confirm"
        $run.Output | Should -BeNullOrEmpty
        $run.Errors | Should -BeNullOrEmpty
        $run.Asked.Count | Should -Be 1
        Get-SentCalls | Should -Be 'POST /api/reconcile?dryRun=true'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'does not ask where nothing would be done' {
        $run = Invoke-Answering 2 "Sync-MfaPhone anna.andersson@contoso.com"
        $run.Asked | Should -BeNullOrEmpty
        $run.Output.code | Should -Be unchanged
    }
    It 'does not ask in a script that prefers no questions' {
        $run = Invoke-Answering 2 '& { $ConfirmPreference = "None"; Sync-MfaPhone bjorn.berg@contoso.com }'
        $run.Asked | Should -BeNullOrEmpty
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'writes nothing of a plan that is not complete' {
        Add-Answer 200 @{ dryRun = $true; planId = $null; results = @(@{ userPrincipalName = 'bjorn.berg@contoso.com'; status = 'planned'; code = 'planned'; changes = @() }) } -Type application/json
        $run = Invoke-Answering 0 'Sync-MfaPhone bjorn.berg@contoso.com'
        "$($run.Errors)" | Should -BeLike '*not complete*'
        @(Get-Sent).Count | Should -Be 1
    }
    It 'says why it was called, for the audit trail' {
        $null = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Reason 'ticket 4711'
        Get-Header (Get-Sent) x-reason | Should -Be 'ticket 4711'
    }
    It 'sends no reason with <what>' -ForEach @(
        @{ what = 'a line end, which would begin another header'; reason = "x`r`nIf-Match: `"other`"`r`nX-Evil: 1"; on = 'Default' }
        @{ what = 'a line feed'; reason = "one`ntwo"; on = 'Default' }, @{ what = 'a line feed at its end, signed'; reason = "one`n"; on = 'hr' }
        @{ what = 'too many characters'; reason = 'x' * 201; on = 'Default' }
        @{ what = 'characters that no header can have'; reason = "$([char] 0xc4)rende 4711"; on = 'Default' }
        @{ what = 'a Kelvin sign, which is a k where case is ignored'; reason = "4711 $([char] 0x212a)"; on = 'Default' }
    ) {
        foreach ($call in { Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Reason $reason -Connection $on }, { Set-MfaMethod bjorn.berg@contoso.com -Mobile '+46 701740690' -Confirm:$false -Reason $reason -Connection $on }) {
            $failure = Get-Failure $call
            $failure.FullyQualifiedErrorId | Should -BeLike 'reasonNotUsable,*'
            $failure.CategoryInfo.Category | Should -Be InvalidArgument
        }
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'signs a reason in any language, as long as the webhook takes it' {
        $reason = "$([char] 0xc4)rende 4711 " + [char]::ConvertFromUtf32(0x1f4de) * 188
        (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Reason $reason -Connection hr).code | Should -Be planned
        (Get-Sent).body | Should -BeLike "*$reason*"
    }
}
