# Long lists: they become jobs, which are waited for, watched, cancelled and read.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Get-List([int] $Strangers) { @('bjorn.berg@contoso.com', 'carla.diaz@contoso.com') + (1..$Strangers | ForEach-Object { "nobody$_@contoso.com" }) }
}

Describe 'A list that becomes a job' {
    BeforeEach { Reset-Sandbox }
    It 'is waited for, and gives a result for each user' {
        $results = Get-List 40 | Sync-MfaPhone -Confirm:$false
        $results.Count | Should -Be 42
        $results[0, 1, 2].code | Should -Be updated, added, userNotFound
        $results[0].JobId | Should -Match '^[0-9a-f-]{36}$'
        @(Get-SentCalls)[0, -1] | Should -Be 'POST /api/reconcile', 'GET /api/jobs/{id}/result'
        @(Get-Writes).Count | Should -Be 2
    }
    It 'can be signed, also while it is waited for' {
        (Get-List 25 | Sync-MfaPhone -Confirm:$false -Connection hr | Select-Object -First 2).code | Should -Be updated, added
        foreach ($sent in Get-Sent) {
            Get-Header $sent webhook-signature | Should -Match '^v1,'
            Get-Header $sent message | Should -BeNullOrEmpty
        }
    }
    It 'is a dry run with -WhatIf, of which PlanId and JobId stand in each result' {
        $plan = Get-List 40 | Sync-MfaPhone -WhatIf
        $plan[0].code | Should -Be planned
        $plan[41].PlanId | Should -Be $plan[0].PlanId
        $plan[0].PlanId | Should -Not -BeNullOrEmpty
        $plan[0].JobId | Should -Not -BeNullOrEmpty
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'shows the plan, and applies it when the answer is Yes' {
        $run = Invoke-Answering 0 "@('bjorn.berg@contoso.com') + (1..30 | ForEach-Object { `"nobody`$_@contoso.com`" }) | Sync-MfaPhone"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.Count | Should -Be 31
        $run.Output[0].code | Should -Be updated
        $run.Asked[0] | Should -BeLike '*31 users, *1 planned*'
        $calls = Get-SentCalls
        $calls | Should -Contain 'POST /api/jobs/{id}/apply'
        @($calls -like 'POST /api/reconcile*') | Should -Be 'POST /api/reconcile?dryRun=true'
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'shows its plan, and sends nothing more when the answer is No' {
        $run = Invoke-Answering 2 "@('bjorn.berg@contoso.com') + (1..30 | ForEach-Object { `"nobody`$_@contoso.com`" }) | Sync-MfaPhone"
        $run.Asked.Count | Should -Be 1
        $run.Output | Should -BeNullOrEmpty
        @((Get-SentCalls) -like 'POST*') | Should -Be 'POST /api/reconcile?dryRun=true'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'is returned with -NoWait, however short the list' {
        $job = Sync-MfaPhone bjorn.berg@contoso.com -NoWait -Confirm:$false
        $job.PSTypeNames | Should -Contain MfaWebhook.Job
        $job.Users | Should -Be 1
        $results = $job | Wait-MfaJob | Receive-MfaJob
        $results.code | Should -Be updated
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'of 12,000 users is one request, shows its progress, and gives 12,000 results' {
        $run = Invoke-Answering 0 "@('bjorn.berg@contoso.com', 'carla.diaz@contoso.com') + (3..12000 | ForEach-Object { `"nobody`$_@contoso.com`" }) | Sync-MfaPhone -Confirm:`$false"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.Count | Should -Be 12000
        ($run.Output | Group-Object status | ForEach-Object { "$($_.Name) $($_.Count)" } | Sort-Object) | Should -Be 'changed 2', 'failed 11998'
        $shown = @($run.Progress -like 'MFA webhook: job *|running: * % of 12000 users*')
        $shown.Count | Should -BeGreaterThan 1
        $run.Progress[-1] | Should -BeLike '*|Completed'
        $calls = Get-SentCalls
        @($calls -like 'POST*').Count | Should -Be 1
        @($calls -like 'GET *skip=*').Count | Should -Be 23
        Get-Writes | Sort-Object | Should -Be 'PATCH bjorn.berg@contoso.com mobile +46 701740606', 'POST carla.diaz@contoso.com mobile +1 2065550101'
    }
    It 'is the same job when it is sent again, because the answer was 503' {
        Add-Answer 503 @{ code = 'jobsUnavailable'; detail = 'x' } @{ 'Retry-After' = '0' }
        $null = Get-List 25 | Sync-MfaPhone -Confirm:$false
        $sent = @(Get-Sent | Where-Object method -eq POST)
        $sent.Count | Should -Be 2
        Get-Header $sent[0] idempotency-key | Should -Match '^[0-9a-f-]{36}$'
        Get-Header $sent[0] idempotency-key | Should -Be (Get-Header $sent[1] idempotency-key)
    }
}

Describe 'A job' {
    BeforeEach { Reset-Sandbox }
    It 'is listed, and seen one by one' {
        $job = Get-List 25 | Sync-MfaPhone -NoWait -Confirm:$false -Reason x
        $listed = @(Get-MfaJob)
        $listed[0].JobId | Should -Be $job.JobId
        $listed[0].CreatedAt | Should -BeOfType [DateTime]
        ($listed[0].CreatedAt - (Get-Date)).Duration().TotalMinutes | Should -BeLessThan 5
        ($listed[0] | Get-MfaJob).Caller | Should -Be webhook-handshake-explicit
        ($job | Wait-MfaJob).Counts.users | Should -Be 27
    }
    It 'is listed to its last page' {
        Add-Answer 200 @{ value = @(@{ jobId = 'a' }); nextLink = 'https://public.example/api/jobs?after=20261128-1.x' } -Type application/json
        Add-Answer 200 @{ value = @(@{ jobId = 'b' }); nextLink = $null } -Type application/json
        (Get-MfaJob).JobId | Should -Be a, b
        Get-SentCalls | Should -Be 'GET /api/jobs', 'GET /api/jobs?after=20261128-1.x'
    }
    It 'can be waited for a while only' {
        Add-Answer 200 @{ jobId = 'a'; status = 'running'; progress = @{ percent = 3 } } -Times 9 -Type application/json
        $failure = Get-Failure { Wait-MfaJob a -TimeoutSeconds 0.1 }
        $failure.FullyQualifiedErrorId | Should -Be 'waitTimedOut,Wait-MfaJob'
        "$failure" | Should -BeLike '*The job a continues*'
    }
    It 'goes on when the waiting fails, and the error says how to find it' {
        $job = Get-List 25 | Sync-MfaPhone -NoWait -Confirm:$false
        Add-Answer 500 @{ code = 'internal'; detail = 'x' }
        $failure = Get-Failure { $job | Wait-MfaJob }
        "$failure" | Should -BeLike "*internal*Wait-MfaJob -JobId $($job.JobId)*"
        ($job | Wait-MfaJob).Status | Should -Be partial
    }
    It 'is cancelled, and not with -WhatIf' {
        $null = Invoke-Control POST "$($Sandbox.control)/latency" @{ latency_ms = 300 }
        $job = Get-List 500 | Sync-MfaPhone -NoWait -Confirm:$false
        $job | Stop-MfaJob -WhatIf
        @((Get-SentCalls) -like 'DELETE*').Count | Should -Be 0
        ($job | Stop-MfaJob).Status | Should -BeIn cancelling, cancelled
        $null = Invoke-Control POST "$($Sandbox.control)/latency" @{ latency_ms = 0 }
        $ended = $job | Wait-MfaJob
        $ended.Status | Should -Be cancelled
        $results = $ended | Receive-MfaJob -WarningAction SilentlyContinue -WarningVariable said
        "$said" | Should -BeLike '*was cancelled*'
        $results.Count | Should -Be 502
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'that has not ended has no results yet' {
        Add-Answer 202 @{ status = 'running' } -Type application/json
        $failure = Get-Failure { Receive-MfaJob a }
        $failure.FullyQualifiedErrorId | Should -Be 'jobNotFinished,Receive-MfaJob'
    }
    It 'gives only the users of a status' {
        $job = Get-List 25 | Sync-MfaPhone -NoWait -Confirm:$false | Wait-MfaJob
        ($job | Receive-MfaJob -Status changed).userPrincipalName | Should -Be bjorn.berg@contoso.com, carla.diaz@contoso.com
    }
    It 'of another caller is not found' {
        $job = Sync-MfaPhone bjorn.berg@contoso.com -NoWait -Confirm:$false -WhatIf
        (Get-Failure { Get-MfaJob $job.JobId -Connection feed }).FullyQualifiedErrorId | Should -Be 'jobNotFound,Get-MfaJob'
        (Get-MfaJob $job.JobId -Connection board).Users | Should -Be 1
    }
    It 'that ended by an error shows what was done, and the error' {
        $ended = @{ jobId = 'a'; status = 'failed'; error = @{ code = 'vaultUnavailable'; detail = 'Key Vault did not respond.' } }
        Add-Answer 200 @{ jobId = 'a'; status = 'failed'; results = @(@{ userPrincipalName = 'x@contoso.com'; status = 'changed' }, @{ userPrincipalName = 'y@contoso.com'; status = 'skipped'; code = 'notAttempted' }) } -Type application/json
        Add-Answer 200 $ended -Type application/json
        $results = Receive-MfaJob a -ErrorAction SilentlyContinue -ErrorVariable errors
        $results.status | Should -Be changed, skipped
        $errors[0].FullyQualifiedErrorId | Should -Be 'vaultUnavailable,Receive-MfaJob'
    }
    It 'that a limit stopped is an error with its plan' {
        Add-Answer 202 @{ jobId = 'a' } -Type application/json
        Add-Answer 200 @{ jobId = 'a'; status = 'failed'; error = @{ code = 'tooManyOverwrites'; detail = '30 are planned.' } } -Type application/json
        Add-Answer 200 @{ jobId = 'a'; planId = 'p'; results = @(@{ userPrincipalName = 'x@contoso.com'; status = 'planned' }) } -Type application/json
        $failure = Get-Failure { Sync-MfaPhone x@contoso.com -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'tooManyOverwrites,Sync-MfaPhone'
        $failure.TargetObject.results[0].status | Should -Be planned
        $failure.TargetObject.planId | Should -Be p
    }
}
