# Connections, and what happens where the proof or the address is wrong.
BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Connect-MfaWebhook' {
    BeforeEach { Reset-Sandbox }
    It 'takes the address with and without /api, and as infra/caller.sh shows it' {
        foreach ($uri in $Sandbox.url, "$($Sandbox.url)/", "$($Sandbox.url)/api", "$($Sandbox.url)/api/", "$($Sandbox.url)/api/reconcile") {
            $made = Connect-MfaWebhook $uri -FunctionKey (ConvertTo-Secret $Sandbox.key) -Handshake (ConvertTo-Secret $Sandbox.handshake) -Name x
            $made.Uri | Should -Be "$($Sandbox.url)/api"
        }
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'keeps several connections by name' {
        (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection feed).code | Should -Be planned
        (Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection board).code | Should -Be planned
        Get-Sent | ForEach-Object { Get-Header $_ message } | Should -Be $Sandbox.feed, $Sandbox.board
    }
    It 'says which connections there are when one is not known' {
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection nowhere }
        $failure.FullyQualifiedErrorId | Should -Be 'notConnected,Sync-MfaPhone'
        "$failure" | Should -BeLike '*board, Default, explicit*'
    }
    It 'refuses a secret that is plain text, and does not repeat it' {
        $failure = Get-Failure { Connect-MfaWebhook $Sandbox.url -FunctionKey 'plain-secret' -Handshake (ConvertTo-Secret x) }
        "$failure" | Should -BeLike '*This parameter takes a SecureString*'
        "$failure" | Should -Not -BeLike '*plain-secret*'
    }
    It 'refuses <what>' -ForEach @(
        @{ what = 'an address without encryption'; uri = 'http://contoso-mfa.example' }
        @{ what = 'an address that is none'; uri = 'contoso-mfa' }
        @{ what = 'an address with a key in it'; uri = 'https://contoso-mfa.example/api?code=key-not-real' }
    ) {
        $failure = Get-Failure { Connect-MfaWebhook $uri -FunctionKey (ConvertTo-Secret k) -Handshake (ConvertTo-Secret h) }
        $failure.FullyQualifiedErrorId | Should -Be 'addressNotUsable,Connect-MfaWebhook'
        "$failure" | Should -Not -BeLike '*key-not-real*'
    }
    It 'refuses a secret with a line end, as a file has one' {
        $failure = Get-Failure { Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret "key-not-real`n") -Handshake (ConvertTo-Secret h) }
        "$failure" | Should -BeLike 'FunctionKey *line end*'
        "$failure" | Should -Not -BeLike '*key-not-real*'
    }
    It 'refuses a signing secret that is no base64' {
        $failure = Get-Failure { Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret k) -Caller hr -SigningSecret (ConvertTo-Secret 'whsec_!!') }
        $failure.FullyQualifiedErrorId | Should -Be 'secretNotUsable,Connect-MfaWebhook'
    }
    It 'refuses names with a line end or in capitals, which the webhook does not know' {
        $key = ConvertTo-Secret $Sandbox.key
        foreach ($caller in "hr-system`n", 'HR-System', '') {
            (Get-Failure { Connect-MfaWebhook $Sandbox.url -FunctionKey $key -Caller $caller -SigningSecret (ConvertTo-Secret s) -Name x }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*'
        }
        (Get-Failure { Connect-MfaWebhook $Sandbox.url -FunctionKey $key -Handshake (ConvertTo-Secret h) -HandshakeHeader "X-Proof`n" -Name x }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*'
    }
    It 'sends the handshake in another header where the setting names one' {
        $null = Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret $Sandbox.key) -Handshake (ConvertTo-Secret $Sandbox.handshake) -HandshakeHeader X-Proof -Name other
        $null = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection other }
        Get-Header (Get-Sent) x-proof | Should -Be $Sandbox.handshake
    }
    It 'sends a token of Entra ID' {
        (Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false -Connection iam).code | Should -Be updated
        Get-Header (Get-Sent) authorization | Should -Be "Bearer $($Sandbox.token)"
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740606'
    }
}

Describe 'A call that is refused' {
    BeforeEach { Reset-Sandbox }
    It 'says what to look at and how to find it in the log, of a wrong handshake' {
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false -Connection wrong }
        $failure.FullyQualifiedErrorId | Should -Be 'unauthorized,Sync-MfaPhone'
        $failure.CategoryInfo.Category | Should -Be AuthenticationError
        "$failure" | Should -BeLike "401 unauthorized: *correlationId $($failure.TargetObject.correlationId)*"
        $failure.Exception.Data['correlationId'] | Should -Be $failure.TargetObject.correlationId
        @(Get-Sent).Count | Should -Be 1
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'names the function key, of an answer that Azure gave' {
        $null = Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret wrong-key) -Handshake (ConvertTo-Secret $Sandbox.handshake) -Name x
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false -Connection x }
        $failure.FullyQualifiedErrorId | Should -Be 'http401,Sync-MfaPhone'
        "$failure" | Should -BeLike '*function key is missing or wrong*'
    }
    It 'says which right is missing' {
        $failure = Get-Failure { Set-MfaMethod bjorn.berg@contoso.com -Mobile '+46 701740690' -Confirm:$false -Connection feed }
        $failure.FullyQualifiedErrorId | Should -Be 'rightMissing,Set-MfaMethod'
        $failure.CategoryInfo.Category | Should -Be PermissionDenied
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'does not follow a redirect, which would take the secrets along' {
        Add-Answer 307 -Headers @{ Location = "$($Sandbox.url)/elsewhere/api/reconcile" }
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'http307,Sync-MfaPhone'
        "$failure" | Should -BeLike "*redirects to $($Sandbox.url)*"
        Get-SentCalls | Should -Be 'POST /api/reconcile'
    }
    It 'says where to look when something else answers' {
        Add-Answer 500 'oops' -Type text/plain
        "$(Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false })" | Should -BeLike '*did not come from the webhook*log of the function app*'
    }
    It 'does not repeat a call that got no answer' {
        Add-Answer 0 -Close -Times 9
        $failure = Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'noAnswer,Sync-MfaPhone'
        $failure.CategoryInfo.Category | Should -Be ConnectionError
        "$failure" | Should -Match '[^.]\. You can repeat the call'
        @(Get-Sent).Count | Should -Be 1
    }
}

Describe 'Test-MfaWebhook' {
    BeforeEach { Reset-Sandbox }
    It 'sees a connection that works' {
        (Test-MfaWebhook).Result | Should -Be ok, ok
        (Test-MfaWebhook -Connection hr).Result | Should -Be ok, ok
    }
    It 'sees a proof that is wrong, and says so' {
        $found = Test-MfaWebhook -Connection wrong
        $found.Result | Should -Be ok, failure
        $found[1].Detail | Should -BeLike '401 unauthorized*'
    }
    It 'says what to do after <status> <code>' -ForEach @(
        @{ status = 401; code = 'unauthorized'; result = 'failure'; mend = '*function key and proof*' }, @{ status = 403; code = 'rightMissing'; result = 'warning'; mend = '*lacks a right*' }
        @{ status = 404; code = ''; result = 'failure'; mend = 'Correct -Uri*' }, @{ status = 429; code = 'tooManyAttempts'; result = 'warning'; mend = 'Wait *' }
        @{ status = 500; code = 'configuration'; result = 'failure'; mend = '*-MasterKey*' }, @{ status = 503; code = 'vaultUnavailable'; result = 'warning'; mend = 'Try again.*-MasterKey*' }
        @{ status = 502; code = ''; result = 'failure'; mend = 'Try again.*log*' }, @{ status = 0; code = ''; result = 'failure'; mend = 'Try again.*log*' }
    ) {
        Add-Answer $status $(if ($code) { @{ code = $code; detail = 'x' } } else { '' }) -Close:($status -eq 0) -Times 9 -Path 'GET /api/jobs'
        $found = Test-MfaWebhook
        $found.Result | Should -Be ok, $result
        $found[1].Mend | Should -BeLike $mend
    }
    It 'sees an address where nobody answers' {
        $null = Connect-MfaWebhook http://127.0.0.1:9 -FunctionKey (ConvertTo-Secret k) -Handshake (ConvertTo-Secret h) -Name x
        (Test-MfaWebhook -Connection x).Result | Should -Be failure, skipped
    }
    It 'shows what this webhook finds out about itself' {
        $found = @(Test-MfaWebhook -MasterKey (ConvertTo-Secret $Sandbox.masterKey))
        $found.Count | Should -BeGreaterThan 10
        @($found | Where-Object Result -notin ok, warning, failure, skipped) | Should -BeNullOrEmpty
        @($found | Where-Object { $_.Result -ne 'ok' -and -not $_.Detail }) | Should -BeNullOrEmpty
        ($found | Where-Object Name -like '*vault*' | Select-Object -First 1).Result | Should -Be ok
        $failure = Get-Failure { Test-MfaWebhook -MasterKey (ConvertTo-Secret $Sandbox.key) }
        $failure.CategoryInfo.Category | Should -Be AuthenticationError
        "$failure" | Should -BeLike 'The master key is wrong.*App keys > _master.'
    }
    It 'sends the master key and no other proof, and shows what the webhook answers' {
        $checks = @{ name = 'storage'; result = 'ok'; detail = 'Reached.'; mend = '' }, @{ name = 'secrets'; result = 'failure'; detail = 'webhook-handshake is missing.'; mend = 'az keyvault secret set ...' }
        Add-Answer 200 @{ status = 'failure'; version = '2.0'; checks = $checks } -Type application/json
        $found = Test-MfaWebhook -MasterKey (ConvertTo-Secret $Sandbox.masterKey)
        $found.Name | Should -Be storage, secrets
        $found[1].Mend | Should -Be 'az keyvault secret set ...'
        $found[0].Version | Should -Be '2.0'
        $sent = Get-Sent
        "$($sent.method) $($sent.path)" | Should -Be 'GET /api/check'
        Get-Header $sent x-functions-key | Should -Be $Sandbox.masterKey
        Get-Header $sent message | Should -BeNullOrEmpty
    }
}
