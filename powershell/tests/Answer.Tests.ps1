# Answers that are late, odd, or not the webhook's. All under strict mode.
BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'An answer that says when to try again' {
    BeforeEach { Reset-Sandbox }
    It '<status> is tried again, and then it works' -ForEach @(@{ status = 503 }, @{ status = 429 }) {
        Add-Answer $status @{ status = $status; code = 'busy'; detail = 'x' } @{ 'Retry-After' = '1' } -Times 2
        $watch = [Diagnostics.Stopwatch]::StartNew()
        (Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false).code | Should -Be updated
        $watch.Elapsed.TotalSeconds | Should -BeGreaterThan 1.9
        $sent = @(Get-Sent)
        $sent.Count | Should -Be 3
        $sent.body | Select-Object -Unique | Should -Be '[{"userPrincipalName":"bjorn.berg@contoso.com"}]'
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
    It 'is understood as a date too' {
        Add-Answer 503 @{ code = 'busy'; detail = 'x' } @{ 'Retry-After' = [DateTime]::UtcNow.AddSeconds(1).ToString('R') }
        (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf).code | Should -Be planned
    }
    It 'is signed anew each time' {
        Add-Answer 503 @{ code = 'busy'; detail = 'x' } @{ 'Retry-After' = '0' }
        (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection hr).code | Should -Be planned
        @(Get-Sent | ForEach-Object { Get-Header $_ webhook-id } | Select-Object -Unique).Count | Should -Be 2
    }
    It 'is given up after five tries' {
        Add-Answer 503 @{ code = 'busy'; detail = 'x' } @{ 'Retry-After' = '0' } -Times 9
        (Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'busy,Sync-MfaPhone'
        @(Get-Sent).Count | Should -Be 5
    }
    It 'is not waited for, if that would take longer than anybody waits' {
        Add-Answer 503 @{ code = 'busy'; detail = 'x' } @{ 'Retry-After' = '3600' }
        (Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'busy,Sync-MfaPhone'
    }
    It '<status> <what> is not tried again' -ForEach @(
        @{ status = 503; what = 'readOnly without a time'; headers = @{} }, @{ status = 500; what = 'internal'; headers = @{ 'Retry-After' = '0' } }
        @{ status = 504; what = 'deadline'; headers = @{ 'Retry-After' = '0' } }, @{ status = 409; what = 'jobNotFinished'; headers = @{} }
    ) {
        Add-Answer $status @{ code = 'x'; detail = 'x' } $headers -Times 9
        $null = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }
        @(Get-Sent).Count | Should -Be 1
        Get-Writes | Should -BeNullOrEmpty
    }
}

Describe 'An odd answer is an error that says so' {
    BeforeEach { Reset-Sandbox }
    It '<what>' -ForEach @(
        @{ what = '200 without a body'; status = 200; body = ''; type = 'application/json'; id = 'http200' }
        @{ what = '200 without results'; status = 200; body = '{}'; type = 'application/json'; id = 'noResults' }
        @{ what = '200 of a proxy'; status = 200; body = '<html>'; type = 'text/html'; id = 'http200' }
        @{ what = '200 with a list'; status = 200; body = '[1]'; type = 'application/json'; id = 'http200' }
        @{ what = '200 that is cut off'; status = 200; body = '{"results": ['; type = 'application/json'; id = 'http200' }
        @{ what = '500 without a body'; status = 500; body = ''; type = 'application/json'; id = 'http500' }
        @{ what = '202 without a job'; status = 202; body = '{}'; type = 'application/json'; id = 'noJob' }
        @{ what = '400 without errors'; status = 400; body = '{"code":"invalidBody"}'; type = 'application/json'; id = 'invalidBody' }
        @{ what = '413 with errors that are null'; status = 413; body = '{"code":"tooLarge","errors":null,"detail":null}'; type = 'application/problem+json'; id = 'tooLarge' }
        @{ what = '404 of the platform'; status = 404; body = ''; type = 'text/plain'; id = 'http404' }
        @{ what = '502 of a gateway'; status = 502; body = 'Bad Gateway'; type = 'text/plain'; id = 'http502' }
    ) {
        Add-Answer $status $body -Type $type
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be "$id,Sync-MfaPhone"
        "$failure" | Should -Not -BeLike '*cannot be found*'
    }
    It '<status> of a gateway does not ask for the same again' -ForEach @(@{ status = 413; says = '*too large*Split the list.' }, @{ status = 414; says = '*too long*' }, @{ status = 431; says = '*too long*' }) {
        Add-Answer $status '<html>' -Type text/html
        "$(Get-Failure { Sync-MfaPhone x@contoso.com -Confirm:$false })" | Should -BeLike "${status}: $says"
    }
    It 'results that lack fields are shown as they are' {
        Add-Answer 200 '{"results":[{"userPrincipalName":"x@contoso.com"},null,{"userId":"7"}],"counts":null}' -Type application/json
        $results = Sync-MfaPhone x@contoso.com -Confirm:$false
        $results.Count | Should -Be 2
        $results[0].changes | Should -BeNullOrEmpty
        ($results | Out-String) | Should -BeLike '*x@contoso.com*'
    }
    It 'no results at all are no results' {
        Add-Answer 200 '{"results":[]}' -Type application/json
        Sync-MfaPhone x@contoso.com -Confirm:$false | Should -BeNullOrEmpty
    }
    It 'many faults are counted, and all are in the target' {
        $faults = 1..50 | ForEach-Object { @{ pointer = "/$_"; detail = 'x' } }
        Add-Answer 400 @{ code = 'invalidBody'; detail = 'x'; errors = $faults }
        $failure = Get-Failure { Sync-MfaPhone x@contoso.com -Confirm:$false }
        "$failure" | Should -BeLike '*/20: x*50 faults in all*'
        $failure.TargetObject.errors.Count | Should -Be 50
    }
}
