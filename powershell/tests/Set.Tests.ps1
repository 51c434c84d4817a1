# Values that the caller names: as objects, as parameters, as a table.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # Rows of the bulk script for users nobody knows, and for some that exist.
    function New-Table([string[]] $Rows, [int] $Strangers, [string] $Header = 'UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval') {
        $lines = @($Header) + $Rows
        if ($Strangers) { $lines += 1..$Strangers | ForEach-Object { "nobody$_@contoso.com,+46 701740690,,,true,false" } }
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).csv"
        [IO.File]::WriteAllText($path, (($lines -join "`r`n") + "`r`n"))
        $path
    }
}

Describe 'Set-MfaMethod' {
    BeforeEach { Reset-Sandbox }
    It 'sets what parameters say' {
        $result = Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -Office '+46 701740691' -Confirm:$false
        $result.status | Should -Be changed
        Get-Registered eva.null@contoso.com | Should -Be '+46 701740690'
        Get-Registered eva.null@contoso.com office | Should -Be '+46 701740691'
    }
    It 'sets what objects say, and an empty cell never removes' {
        Set-Content -Path TestDrive:/values.csv -Value 'UserPrincipalName,mobile,office,email,smsSignIn', 'eva.null@contoso.com,+46 701740690,,,', 'bjorn.berg@contoso.com,,+46 701740692, ,'
        (Import-Csv TestDrive:/values.csv | Set-MfaMethod -Confirm:$false).code | Should -Be added, added
        (Get-Sent).body | Should -Be '[{"userPrincipalName":"eva.null@contoso.com","mobile":"+46 701740690"},{"userPrincipalName":"bjorn.berg@contoso.com","office":"+46 701740692"}]'
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740666'
    }
    It 'sends the <column> beside the name, and the webhook refuses that of another user' -ForEach @(
        @{ column = 'Id' }, @{ column = 'ObjectId' }, @{ column = 'Object Id' }
    ) {
        $other = Get-ObjectId eva.null@contoso.com
        $row = [pscustomobject] @{ UserPrincipalName = 'bjorn.berg@contoso.com'; $column = $other; mobile = '+46 701740690' }
        $failure = Get-Failure { $row | Set-MfaMethod -Confirm:$false }
        "$failure" | Should -BeLike '*The userPrincipalName beside this id names another user*'
        Get-Writes | Should -BeNullOrEmpty
        $row.$column = (Get-ObjectId bjorn.berg@contoso.com).ToUpper()
        ($row | Set-MfaMethod -Confirm:$false).code | Should -Be updated
        $row.$column = '4711'
        ($row | Set-MfaMethod -Confirm:$false).code | Should -Be unchanged
    }
    It 'refuses an entry whose <one> and <other> are of different users' -ForEach @(
        @{ one = 'UPN'; other = 'UserPrincipalName' }, @{ one = 'UserPrincipalName'; other = 'User principal name' }
        @{ one = 'ObjectId'; other = 'Id' }, @{ one = 'Object Id'; other = 'userId' }, @{ one = 'UPN'; other = 'Id'; isId = $true }
    ) {
        $users = 'anna.andersson@contoso.com', 'bjorn.berg@contoso.com'
        if ($one -notlike 'U*' -or (Get-Variable isId -ErrorAction Ignore)) { $users = $users | ForEach-Object { Get-ObjectId $_ } }
        $row = [pscustomobject] @{ $one = $users[0]; $other = $users[1]; mobile = '+46 701740690' }
        $first = [pscustomobject] @{ $one = $users[0]; $other = $users[0].ToUpper(); mobile = '+46 701740699' }
        $failure = Get-Failure { $first, $row | Set-MfaMethod -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'userNotClear,Set-MfaMethod'
        "$failure" | Should -BeLike "Entry 2 names two users: *'$other' is $($users[1])*Nothing was sent."
        (Get-Failure { $first, ($row | Select-Object $one, $other) | Select-Object $one, $other | Sync-MfaPhone -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'userNotClear,Sync-MfaPhone'
        $found = $row, 'eva.null@contoso.com', 'bjorn.berg@contoso.com' | Get-MfaMethod -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -Be 'userNotClear,Get-MfaMethod'
        $found.UserPrincipalName | Should -Be bjorn.berg@contoso.com
        Get-Writes | Should -BeNullOrEmpty
        ($first | Set-MfaMethod -Confirm:$false).code | Should -Be updated
        Get-Registered anna.andersson@contoso.com | Should -Be '+46 701740699'
    }
    # Without a culture, as in a small container, PowerShell sees them anyway.
    It 'refuses a column with a character that cannot be seen (U+<code>)' -ForEach @(
        @{ code = '200B' }, @{ code = '00AD' }, @{ code = 'FEFF' }, @{ code = '200E' }
    ) {
        $name = "mobile$([char] [Convert]::ToInt32($code, 16))"
        $failure = Get-Failure { [pscustomobject] @{ UPN = 'eva.null@contoso.com'; $name = '+46 701740690'; office = '+46 701740691' } | Set-MfaMethod -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'unknownColumn,Set-MfaMethod'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'removes what -Remove names, and only that' {
        (Set-MfaMethod emil.emailonly@contoso.com -Mobile '+46 701740690' -Remove email -Confirm:$false).status | Should -Be changed
        Get-Writes | Sort-Object | Should -Be 'DELETE emil.emailonly@contoso.com email', 'POST emil.emailonly@contoso.com mobile +46 701740690'
    }
    It 'switches SMS sign-in, also by the text of a CSV' {
        (@{ upn = 'sara.smssignin@contoso.com'; smsSignIn = 'False' } | Set-MfaMethod -Confirm:$false).code | Should -Be disabled
        (Set-MfaMethod sara.smssignin@contoso.com -SmsSignIn $true -Confirm:$false).code | Should -Be enabled
        (Get-Failure { @{ upn = 'x@contoso.com'; smsSignIn = 'falsch' } | Set-MfaMethod -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'notABoolean,Set-MfaMethod'
    }
    It 'refuses a number in <where> that is no text: its plus sign and zeros are lost' -ForEach @(
        @{ where = 'an object'; call = { [pscustomobject] @{ UPN = 'eva.null@contoso.com'; mobile = +46701740610 } | Set-MfaMethod -Confirm:$false } }
        @{ where = 'a parameter'; call = { Set-MfaMethod eva.null@contoso.com -Office 0701740610 -Confirm:$false } }
        @{ where = 'a hashtable'; call = { @{ UPN = 'eva.null@contoso.com'; alternateMobile = [long] 701740610 } | Set-MfaMethod -Confirm:$false } }
    ) {
        $failure = Get-Failure $call
        $failure.FullyQualifiedErrorId | Should -Be 'notText,Set-MfaMethod'
        "$failure" | Should -BeLike 'The value of * for eva.null@contoso.com is not text (*in quotes*'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'refuses columns that it does not know, by name' {
        $failure = Get-Failure { [pscustomobject] @{ UPN = 'eva.null@contoso.com'; mobil = '+46 701740690'; office = '+46 701740691' } | Set-MfaMethod -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'unknownColumn,Set-MfaMethod'
        "$failure" | Should -BeLike "*'mobil'*"
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'refuses what can mean two things' {
        $failure = Get-Failure { @{ UPN = 'a@contoso.com'; mobile = '+46 701740690' } | Set-MfaMethod -Mobile '+46 701740691' -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'valueTwice,Set-MfaMethod'
        "$failure" | Should -BeLike 'mobile for a@contoso.com is given both in the object and as a parameter.*'
        (Get-Failure { @{ UPN = 'a@contoso.com'; mobile = '+46 701740690' } | Set-MfaMethod -Remove mobile -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'valueTwice,Set-MfaMethod'
        (Get-Failure { Set-MfaMethod a@contoso.com -Mobile '' -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'nothingToSet,Set-MfaMethod'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'leaves out who has no value, and says so' {
        $results = @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690' }, @{ UPN = 'anna.andersson@contoso.com'; mobile = '' } | Set-MfaMethod -Confirm:$false -WarningVariable said -WarningAction SilentlyContinue
        $results.code | Should -Be added
        "$said" | Should -BeLike 'Left out 1 user without a value: anna.andersson@contoso.com'
    }
    It 'leaves alone what a database has no value for' {
        ([pscustomobject] @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690'; office = [DBNull]::Value; smsSignIn = [DBNull]::Value } | Set-MfaMethod -Confirm:$false).code | Should -Be added
        (Get-Sent).body | Should -Be '[{"userPrincipalName":"eva.null@contoso.com","mobile":"+46 701740690"}]'
        (Get-Failure { Set-MfaMethod eva.null@contoso.com -Mobile ([DBNull]::Value) -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'nothingToSet,Set-MfaMethod'
    }
    It 'plans with -WhatIf, and No sends nothing more' {
        (Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -WhatIf).PlanId | Should -Not -BeNullOrEmpty
        $run = Invoke-Answering 2 "Set-MfaMethod bjorn.berg@contoso.com -Remove mobile"
        $run.Asked[0] | Should -BeLike '*mobile remove*'
        Get-SentCalls | Should -Be 'POST /api/set?dryRun=true', 'POST /api/set?dryRun=true'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'asks about a planned change of a user whose other value cannot be used' {
        $run = Invoke-Answering 0 "Set-MfaMethod anna.andersson@contoso.com -Mobile '+46 701740777' -Office '+46 12'"
        $run.Asked[0] | Should -BeLike '*: 1 user, 1 failed*Changes: mobile update 1.*anna.andersson@contoso.com  mobile update*Write this plan?*'
        Get-Registered anna.andersson@contoso.com | Should -Be '+46 701740777'
        $plan = Set-MfaMethod bjorn.berg@contoso.com -Mobile '+46 701740778' -Office '+46 12' -WhatIf
        $shown = (($plan | Out-String -Width 120) -replace '\x1b\[[0-9;]*m') -replace '\s+', ' '
        $shown | Should -BeLike '*failed*mobile update*78; *office*'
        $shown | Should -Not -BeLike '*office add*'
    }
    It 'does not ask where no value can be used' {
        $run = Invoke-Answering 0 "Set-MfaMethod anna.andersson@contoso.com -Office '+46 12'"
        $run.Asked | Should -BeNullOrEmpty
        $run.Output.status | Should -Be failed
    }
    It 'keeps the plan in the error when a limit stops it' {
        $crowd = Get-Crowd
        $failure = Get-Failure { $crowd | Set-MfaMethod -Remove mobile -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'tooManyRemovals,Set-MfaMethod'
        $failure.CategoryInfo.Category | Should -Be LimitsExceeded
        $failure.TargetObject.results.Count | Should -Be $crowd.Count
        $failure.TargetObject.results[0].changes[0].action | Should -Be remove
        $failure.TargetObject.results[0].PSTypeNames | Should -Contain MfaWebhook.Result
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'signs the bytes that it sends' {
        $asa = "$([char] 0xe5)sa.$([char] 0xf6)berg@contoso.com"
        (Set-MfaMethod $asa -Mobile '+46 701740690' -Confirm:$false -Connection hr -Reason 'ticket 12').code | Should -Be updated
        (Get-Sent).body | Should -Be "{`"operation`":`"set`",`"users`":[{`"userPrincipalName`":`"$asa`",`"mobile`":`"+46 701740690`"}],`"reason`":`"ticket 12`"}"
        Get-Registered $asa | Should -Be '+46 701740690'
    }
    It 'plans a list for several requests as a whole before it writes any' {
        $users = @(1..24 | ForEach-Object { @{ UPN = "nobody$_@contoso.com"; mobile = '+46 701740690' } }) + @{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740691' }
        $results = $users | Set-MfaMethod -Confirm:$false -WarningAction SilentlyContinue -WarningVariable said
        $results.Count | Should -Be 25
        Get-SentCalls | Should -Be 'POST /api/set', 'POST /api/set?dryRun=true', 'POST /api/set?dryRun=true', 'POST /api/set', 'POST /api/set'
        "$said" | Should -BeLike '*It goes in 2 requests*'
        Get-Registered eva.null@contoso.com | Should -Be '+46 701740691'
    }
    It 'writes a list for several requests of users who all have a value that cannot be used' {
        $crowd = Get-Crowd 5
        $users = @(1..20 | ForEach-Object { @{ UPN = "nobody$_@contoso.com"; mobile = '+46 701740690' } }) + @($crowd | ForEach-Object { @{ UPN = $_; mobile = "+46 7017407$($crowd.IndexOf($_) + 10)"; office = '+46 12' } })
        $results = $users | Set-MfaMethod -Confirm:$false -WarningAction SilentlyContinue
        @($results | Where-Object status -eq failed).Count | Should -Be 25
        @(Get-Writes).Count | Should -Be 5
    }
    It 'writes nothing of a list for several requests that names a user by name and by id' {
        $id = (Invoke-Control GET "$($Sandbox.control)/users/eva.null@contoso.com").id
        $users = @(@{ UPN = 'eva.null@contoso.com'; mobile = '+46 701740690' }) + @(1..24 | ForEach-Object { @{ UPN = "nobody$_@contoso.com"; mobile = '+46 701740691' } }) + @{ Id = $id; mobile = '+46 701740699' }
        $failure = Get-Failure { $users | Set-MfaMethod -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'userTwice,Set-MfaMethod'
        "$failure" | Should -BeLike '*more than once: eva.null@contoso.com. Nothing was written.'
        (Get-Failure { $users | Set-MfaMethod -WhatIf }).FullyQualifiedErrorId | Should -Be 'userTwice,Set-MfaMethod'
        Get-Writes | Should -BeNullOrEmpty
    }
}

Describe 'Import-MfaTable' {
    BeforeEach { Reset-Sandbox }
    It 'sends the file as it is' {
        $path = New-Table 'eva.null@contoso.com,070-174 06 90,,,,', 'bjorn.berg@contoso.com,+46 701740691,,,true,false', 'anna.andersson@contoso.com,+46 701740692,,,false,false'
        (Import-MfaTable $path -Confirm:$false).code | Should -Be added, updated, unchanged
        $sent = Get-Sent
        $sent.body | Should -Be ([IO.File]::ReadAllText($path))
        Get-Header $sent content-type | Should -Be 'text/csv'
        Get-Registered bjorn.berg@contoso.com | Should -Be '+46 701740691'
    }
    It 'takes <what>' -ForEach @(
        @{ what = 'what Export-Csv -Encoding Unicode writes'; encoding = [Text.Encoding]::Unicode; text = "#TYPE x`r`n`"UPN`",`"Mobile`",`"ForcedUpdate`"`r`n`"NAME`",`"+46 701740693`",`"true`"`r`n" }
        @{ what = 'what Excel writes in a country of semicolons'; encoding = [Text.Encoding]::GetEncoding(28591); text = "sep=;`r`nUPN;Mobile;ForcedUpdate`r`nNAME;+46 701740693;true`r`n" }
        @{ what = 'a line that names the tab'; encoding = [Text.Encoding]::UTF8; text = "sep=`t`r`nUPN`tMobile`tForcedUpdate`r`nNAME`t+46 701740693`ttrue`r`n" }
        @{ what = 'the headers of the admin centre, in UTF-8 with a mark'; encoding = [Text.UTF8Encoding]::new($true); text = "User principal name,Mobile Phone,ForcedUpdate`nNAME,+46 701740693,true`n" }
    ) {
        $name = "$([char] 0xe5)sa.$([char] 0xf6)berg@contoso.com"
        [IO.File]::WriteAllText((Join-Path $TestDrive 'table.csv'), $text.Replace('NAME', $name), $encoding)
        (Import-MfaTable TestDrive:/table.csv -Confirm:$false).code | Should -Be updated
        Get-Registered $name | Should -Be '+46 701740693'
    }
    It 'refuses columns that it does not know, by name' {
        $failure = Get-Failure { Import-MfaTable (New-Table -Header 'UPN,Mobil,Department' -Rows 'eva.null@contoso.com,+46 701740690,Sales') -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'unknownColumn,Import-MfaTable'
        "$failure" | Should -BeLike "*'Mobil', 'Department'*"
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'refuses <what>' -ForEach @(
        @{ what = 'a file without rows'; id = 'noUsers'; text = "UPN,Mobile`n,`n" }, @{ what = 'a file without a header'; id = 'noHeader'; text = "eva.null@contoso.com,+46 701740690`n" }
    ) {
        [IO.File]::WriteAllText((Join-Path $TestDrive 'table.csv'), $text)
        (Get-Failure { Import-MfaTable TestDrive:/table.csv -Confirm:$false }).FullyQualifiedErrorId | Should -Be "$id,Import-MfaTable"
        (Get-Failure { Import-MfaTable TestDrive:/missing.csv -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'fileNotRead,Import-MfaTable'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'splits a long table, shows the plan of all parts, and writes what was shown' {
        $path = New-Table 'eva.null@contoso.com,+46 701740690,,,true,false', 'bjorn.berg@contoso.com,"+46 701740691",,,true,false' 43
        $run = Invoke-Answering 0 "Import-MfaTable '$path'"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output.Count | Should -Be 45
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -BeLike '*45 users*43 failed*It goes in 4 requests*'
        $calls = Get-SentCalls
        $calls | Select-Object -Last 4 | Should -Be @('POST /api/set', 'POST /api/set', 'POST /api/set', 'POST /api/set')
        @($calls | Select-Object -First ($calls.Count - 4) | Select-Object -Unique) | Should -Be 'POST /api/set?dryRun=true'
        @(Get-Sent)[-1].body | Should -BeLike "UPN,Mobile,OfficePhone,*nobody43@contoso.com*"
        @(Get-Writes).Count | Should -Be 2
    }
    It 'writes nothing if one part is refused' {
        $crowd = Get-Crowd
        $path = New-Table (@('eva.null@contoso.com,+46 701740690,,,true,false') + ($crowd | ForEach-Object { "$_,,,,false,true" })) 9
        $failure = Get-Failure { Import-MfaTable $path -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'tooManyRemovals,Import-MfaTable'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'writes all parts, however many results the caller takes' {
        $path = New-Table 'eva.null@contoso.com,+46 701740690,,,true,false' 25
        [IO.File]::AppendAllText($path, "bjorn.berg@contoso.com,+46 701740691,,,true,false`r`n")
        Import-MfaTable $path -Confirm:$false -WarningAction SilentlyContinue | Select-Object -First 1 | ForEach-Object code | Should -Be added
        @(Get-Writes).Count | Should -Be 2
    }
    It 'refuses a user who would stand in two requests, under the header <header>' -ForEach @(
        @{ header = 'UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval' }, @{ header = 'UPN ,Mobile,,,ForcedUpdate,' }
        @{ header = '"User principal name", Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval' }
        @{ header = "UPN$([char] 0x200b),Mobile,OfficePhone$([char] 0xad),AlternateMobile,ForcedUpdate,ForcedRemoval" }
    ) {
        $path = New-Table 'eva.null@contoso.com,+46 701740690,,,true,false' 25 -Header $header
        [IO.File]::AppendAllText($path, "EVA.null@contoso.com,+46 701740691,,,true,false`r`n")
        $failure = Get-Failure { Import-MfaTable $path -Confirm:$false }
        $failure.FullyQualifiedErrorId | Should -Be 'userTwice,Import-MfaTable'
        "$failure" | Should -BeLike '*eva.null@contoso.com*'
        @(Get-Sent).Count | Should -Be 1
    }
    It 'refuses a user who stands in one request by name and in another by id' {
        $id = (Invoke-Control GET "$($Sandbox.control)/users/eva.null@contoso.com").id
        $path = New-Table 'eva.null@contoso.com,+46 701740690,,,true,false' 25 -Header 'UPN,Mobile,OfficePhone,ObjectId,ForcedUpdate,ForcedRemoval'
        [IO.File]::AppendAllText($path, ",+46 701740691,,$id,true,false`r`n")
        (Get-Failure { Import-MfaTable $path -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'userTwice,Import-MfaTable'
        Get-Writes | Should -BeNullOrEmpty
    }
    It 'cannot sign a table, and says what can' {
        (Get-Failure { Import-MfaTable (New-Table 'eva.null@contoso.com,+46 701740690,,,,') -Connection hr -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'notSigned,Import-MfaTable'
        Get-Sent | Should -BeNullOrEmpty
    }
}
