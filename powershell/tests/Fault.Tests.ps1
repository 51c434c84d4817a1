# The functions that this module replaces had fifteen faults when they were run. Each has a test that it is not here.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Get-Strangers([int] $Count) { 1..$Count | ForEach-Object { "nobody$_@contoso.com" } }
}

Describe 'Faults of the functions before' {
    BeforeEach { Reset-Sandbox }
    It '1: a list that became a job returned nothing, and nobody knew that it wrote' {
        $results = @('bjorn.berg@contoso.com') + (Get-Strangers 25) | Sync-MfaPhone -Confirm:$false
        $results.Count | Should -Be 26
        ($results | Where-Object status -eq changed).userPrincipalName | Should -Be bjorn.berg@contoso.com
    }
    It '2: a long list was split: limits saw parts, a failure left the first ones written, and results were lost' {
        $results = Get-Strangers 401 | Sync-MfaPhone -Confirm:$false
        $results.Count | Should -Be 401
        @((Get-SentCalls) -like 'POST*') | Should -Be 'POST /api/reconcile'
        # A fault in what would have been the third part: its place counts from the beginning, and nothing was written.
        $list = @('bjorn.berg@contoso.com') + (Get-Strangers 420) + 'no-name'
        $failure = Get-Failure { $list | Sync-MfaPhone -Confirm:$false }
        $failure.Exception.Data['pointers'] | Should -Be '/421/userPrincipalName'
        Get-Writes | Should -BeNullOrEmpty
    }
    It '2: of values in several requests, what was written before a failure is not lost' {
        $users = @(@{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690' }) + @(Get-Strangers 24 | ForEach-Object { @{ UPN = $_; mobile = '+46 701740691' } })
        # The whole is too long, the first write passes, and the second one is refused.
        Add-Answer 412 @{ code = 'planChanged'; detail = 'x' } -Path 'POST /api/set$' -After 2
        $written = $users | Set-MfaMethod -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors -WarningAction SilentlyContinue -WarningVariable said
        $errors[0].FullyQualifiedErrorId | Should -Be 'planChanged,Set-MfaMethod'
        "$said" | Should -BeLike '*1 of 2 requests are written*'
        $written.Count | Should -Be 13
        $written[0].code | Should -Be added
        Get-Registered eva.null@contoso.com | Should -Be '+46 701740690'
    }
    It '3: a table of more rows than one request takes was 413, with -WhatIf too' {
        $path = Join-Path $TestDrive 'table.csv'
        [IO.File]::WriteAllText($path, "UPN,Mobile`n" + ((Get-Strangers 201 | ForEach-Object { "$_,+46 701740690`n" }) -join ''))
        (Import-MfaTable $path -WhatIf).Count | Should -Be 201
    }
    It '4: of a 422 one sentence was left, and of a 401 no correlation id' {
        $crowd = Get-Crowd
        $failure = Get-Failure { $crowd | Set-MfaMethod -Remove mobile -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'tooManyRemovals,Set-MfaMethod'
        $failure.TargetObject.counts.users | Should -Be $crowd.Count
        $failure.TargetObject.correlationId | Should -Be $failure.Exception.Data['correlationId']
        "$(Get-Failure { Sync-MfaPhone x@contoso.com -WhatIf -Connection wrong })" | Should -Match 'correlationId [0-9a-f-]{36}'
    }
    It '5: columns were dropped in silence: <column>' -ForEach @(@{ column = 'OfficePhone' }, @{ column = 'ForcedUpdate' }, @{ column = 'ForcedRemoval' }, @{ column = 'mobil' }) {
        $row = [pscustomobject] @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690'; $column = 'true' }
        "$(Get-Failure { $row | Set-MfaMethod -Confirm:$false })" | Should -BeLike "*'$column'*"
        Get-Sent | Should -BeNullOrEmpty
    }
    It '5: smsSignIn of a CSV was dropped, and a column UPN sent an empty name' {
        Set-Content TestDrive:/sms.csv -Value 'UPN,smsSignIn', 'sara.smssignin@contoso.com,false'
        (Import-Csv TestDrive:/sms.csv | Set-MfaMethod -Confirm:$false).code | Should -Be disabled
        (Get-Sent).body | Should -Be '[{"userPrincipalName":"sara.smssignin@contoso.com","smsSignIn":false}]'
    }
    It '6: No sent the values all the same, as a dry run after the question' {
        $run = Invoke-Answering 2 "Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -Confirm"
        $run.Output | Should -BeNullOrEmpty
        # What was shown before the question needs a plan; after No there is no call.
        @(Get-Sent).Count | Should -Be 1
        Get-Writes | Should -BeNullOrEmpty
    }
    It '6: where nobody can be asked, nothing is written and the error says what to do' {
        "$(Get-Failure { Sync-MfaPhone bjorn.berg@contoso.com })" | Should -BeLike 'Nothing was written*-Confirm:$false*'
        Get-Writes | Should -BeNullOrEmpty
    }
    It '7: strict mode turned a missing property into the error' {
        & {
            Set-StrictMode -Version 3
            $ErrorActionPreference = 'Stop'
            ([pscustomobject] @{ UserPrincipalName = 'eva.null@contoso.com'; mobile = '+46 701740690' } | Set-MfaMethod -WhatIf).code | Should -Be planned
            foreach ($body in '{"code":"unauthorized"}', '{"code":"busy","detail":null}', '') {
                Add-Answer 403 $body
                "$(Get-Failure { Sync-MfaPhone x@contoso.com -Confirm:$false })" | Should -BeLike '403*'
            }
        }
    }
    It '8: 503 and 429 were not tried again as Retry-After says' {
        Add-Answer 503 @{ code = 'vaultUnavailable'; detail = 'x' } @{ 'Retry-After' = '0' }
        Add-Answer 429 @{ code = 'tooManyJobs'; detail = 'x' } @{ 'Retry-After' = '0' }
        (Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false).code | Should -Be updated
        @(Get-Sent).Count | Should -Be 3
    }
    It '9: time grew with the square of the list' {
        $few, $many = 2000, 16000 | ForEach-Object {
            $users = Get-Strangers $_
            Add-Answer 400 @{ code = 'invalidBody'; detail = 'x' }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $null = Get-Failure { $users | Sync-MfaPhone -Confirm:$false }
            $watch.Elapsed.TotalSeconds
        }
        # Eight times the users, and the square would be 64.
        $many | Should -BeLessThan (20 * $few + 1)
    }
    It '10: TLS 1.2 took the place of what the system decides' {
        $text = [IO.File]::ReadAllText([IO.Path]::Combine($PSScriptRoot, '..', 'MfaWebhook', 'MfaWebhook.psm1'))
        $text | Should -Match "PSEdition -eq 'Desktop'[\s\S]*SecurityProtocol -ne 0[\s\S]*-bor \[Net.SecurityProtocolType\]::Tls12"
        if ($PSVersionTable.PSEdition -eq 'Core') { [int] [Net.ServicePointManager]::SecurityProtocol | Should -Be 0 }
    }
    It '11: an error as application/json lost its code, and placeholders in angle brackets were stripped' {
        Add-Answer 403 '{"code":"rightMissing","detail":"Send <name>.<secret>."}' -Type application/json
        "$(Get-Failure { Sync-MfaPhone x@contoso.com -Confirm:$false })" | Should -Be '403 rightMissing: Send <name>.<secret>.'
    }
    It '12: variables, -Debug and $Error showed the secrets' {
        $said = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Debug -Verbose *>&1 | Out-String -Width 500
        $said += Get-Variable | Where-Object { $_.Name -notin 'Sandbox', 'said' } | Out-String -Width 500
        $said | Should -Not -BeLike "*$($Sandbox.explicit)*"
    }
    It '13: one object without a name failed the whole list, and ids could not be sent' {
        $id = (Invoke-Control GET "$($Sandbox.control)/users/carla.diaz@contoso.com").id
        $users = (New-AdUser bjorn.berg@contoso.com), (New-AdUser ''), (New-MgUser '' $id)
        $results = $users | Sync-MfaPhone -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors
        $results.code | Should -Be updated, added
        $errors[0].FullyQualifiedErrorId | Should -Be 'userNameMissing,Sync-MfaPhone'
        $errors[0].TargetObject.SamAccountName | Should -Be sam
    }
    It '14: a wrong handshake and a wrong function key looked alike' {
        $handshake = Get-Failure { Sync-MfaPhone x@contoso.com -WhatIf -Connection wrong }
        $null = Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret wrong-key) -Handshake (ConvertTo-Secret $Sandbox.handshake) -Name x
        $key = Get-Failure { Sync-MfaPhone x@contoso.com -WhatIf -Connection x }
        "$handshake" | Should -BeLike '*Message*'
        "$key" | Should -BeLike '*function key*'
    }
    It '15: results had no type name, and of a message three letters were seen' {
        $results = Sync-MfaPhone bjorn.berg@contoso.com, nobody@contoso.com -WhatIf
        $results[0].PSTypeNames[0] | Should -Be MfaWebhook.Result
        $shown = ($results | Out-String -Width 80) -replace '\x1b\[[0-9;]*m'
        $shown | Should -BeLike '*bjorn.berg@contoso.com*planned*mobile update*06*'
        $shown -replace '\s+', ' ' | Should -BeLike '*Microsoft Graph*'
        ($results | Out-String -Width 80).Split([char] 10) | ForEach-Object { ($_ -replace '\x1b\[[0-9;]*m').Trim([char] 13).Length } | Where-Object { $_ -gt 80 } | Should -BeNullOrEmpty
    }
}
