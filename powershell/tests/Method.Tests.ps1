# What is registered: shown, exported, and restored.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $Asa = "$([char] 0xe5)sa.$([char] 0xf6)berg@contoso.com"
}

Describe 'Get-MfaMethod' {
    BeforeEach { Reset-Sandbox }
    It 'shows every method, with masked numbers' {
        $found = Get-MfaMethod mia.manymethods@contoso.com -Connection handshake
        $found.Method | Should -Contain fido2
        ($found | Where-Object Method -eq mobile).Value | Should -Be '+46 *******72'
        ($found | Where-Object Method -eq email).Value | Should -Be 'm***@example.com'
        $found[0].UserPrincipalName | Should -Be mia.manymethods@contoso.com
    }
    It 'shows whole numbers to who may see them' {
        (Get-MfaMethod $Asa -Full).Value | Should -Be '+46 701740613'
        (Get-Failure { Get-MfaMethod $Asa -Full -Connection handshake }).FullyQualifiedErrorId | Should -Be 'rightMissing,Get-MfaMethod'
    }
    It 'takes users of other cmdlets, and goes on behind one that cannot be read' {
        $users = (New-AdUser bjorn.berg@contoso.com), (New-AdUser nobody@contoso.com), (New-AdUser breakglass1@contoso.com @{ mobile = 'x' }), 'adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com', "siobhan.o'brien@contoso.com"
        $found = $users | Get-MfaMethod -ErrorAction SilentlyContinue -ErrorVariable errors -Connection handshake
        ($found.Value -join ' ') | Should -BeLike '+46 *66 *+44 *99'
        $errors[0].FullyQualifiedErrorId | Should -Be 'userNotFound,Get-MfaMethod'
        "$($errors[0])" | Should -BeLike '*User: nobody@contoso.com'
    }
    It 'shows the phones, with one warning, where the webhook may read no other methods' {
        Add-Answer 403 @{ code = 'forbidden'; detail = 'x' } -Times 9 -Path 'GET .*/methods$'
        $found = 'bjorn.berg@contoso.com', 'mia.manymethods@contoso.com' | Get-MfaMethod -Connection handshake -WarningAction SilentlyContinue -WarningVariable said
        $said.Count | Should -Be 1
        "$said" | Should -BeLike '*may read phone methods only*grant.sh --all-methods*'
        ($found | Where-Object { $_.UserPrincipalName -eq 'mia.manymethods@contoso.com' -and $_.Method -eq 'mobile' }).Value | Should -Be '+46 *******72'
        @((Get-SentCalls) -like '*/methods').Count | Should -Be 1
    }
    It 'says what is forbidden where the phones are too' {
        Add-Answer 403 @{ code = 'forbidden'; detail = 'x' } -Times 9 -Path 'GET .*methods$'
        (Get-Failure { Get-MfaMethod bjorn.berg@contoso.com -ErrorAction Stop -WarningAction Stop }).FullyQualifiedErrorId | Should -Be 'forbidden,Get-MfaMethod'
    }
    It 'reports a user who is nothing, and reads the others' {
        $found = $null, 'bjorn.berg@contoso.com' | Get-MfaMethod -ErrorAction SilentlyContinue -ErrorVariable errors
        $found.UserPrincipalName | Should -Be bjorn.berg@contoso.com
        $errors[0].FullyQualifiedErrorId | Should -Be 'userNameMissing,Get-MfaMethod'
        "$($errors[0])" | Should -BeLike 'Entry 1 *'
    }
    It 'stops at the first user where the script wants that' {
        & {
            $ErrorActionPreference = 'Stop'
            Get-Failure { 'nobody@contoso.com', 'bjorn.berg@contoso.com' | Get-MfaMethod }
        } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'userNotFound,*'
        @(Get-Sent).Count | Should -Be 1
    }
}

Describe 'Export-MfaMethod' {
    BeforeEach {
        Reset-Sandbox
        Remove-Item TestDrive:/*.csv
        $file = Join-Path $TestDrive 'methods.csv'
        $part = Join-Path $TestDrive 'methods.incomplete.csv'
    }
    It 'writes masked numbers that no spreadsheet computes with' {
        'mia.manymethods@contoso.com', $Asa, 'eva.null@contoso.com' | Export-MfaMethod TestDrive:/methods.csv -Connection handshake
        $rows = Import-Csv TestDrive:/methods.csv -Encoding UTF8
        $rows.UPN | Should -Be mia.manymethods@contoso.com, $Asa, eva.null@contoso.com
        $rows[0].Mobile | Should -Be "'+46 *******72"
        $rows[0].Others | Should -BeLike '*fido2*'
        $rows[2].Mobile | Should -BeNullOrEmpty
        (Get-Failure { Import-MfaTable TestDrive:/methods.csv -Confirm:$false }).FullyQualifiedErrorId | Should -Be 'unknownColumn,Import-MfaTable'
    }
    It 'says what it does not know where the webhook may read phones only, and makes a backup all the same' {
        Add-Answer 403 @{ code = 'forbidden'; detail = 'x' } -Times 9 -Path 'GET .*/methods$'
        $Asa | Export-MfaMethod TestDrive:/methods.csv -Connection handshake -WarningAction SilentlyContinue
        $row = Import-Csv TestDrive:/methods.csv -Encoding UTF8
        $row.Mobile | Should -BeLike "'+46 *13"
        $row.Email, $row.Others | Should -Be 'unknown', 'unknown'
        $Asa | Export-MfaMethod TestDrive:/backup.csv -Full -WarningAction Stop
        (Import-Csv TestDrive:/backup.csv -Encoding UTF8).Mobile | Should -Be "'+46 701740613"
    }
    It 'is with -Full a backup that Import-MfaTable restores' {
        $users = $Asa, 'bjorn.berg@contoso.com', 'rosa.alternate@contoso.com'
        $before = $users | ForEach-Object { "$(Get-Registered $_) $(Get-Registered $_ alternateMobile)" }
        $users | Export-MfaMethod TestDrive:/backup.csv -Full
        Set-MfaMethod $Asa -Mobile '+46 701740690' -Confirm:$false | ForEach-Object code | Should -Be updated
        Set-MfaMethod rosa.alternate@contoso.com -Remove alternateMobile -Confirm:$false | ForEach-Object code | Should -Be removed
        Import-MfaTable TestDrive:/backup.csv -Confirm:$false | ForEach-Object code | Should -Be updated, unchanged, added
        $users | ForEach-Object { "$(Get-Registered $_) $(Get-Registered $_ alternateMobile)" } | Should -Be $before
    }
    It 'replaces no file unless it is told to' {
        Set-Content TestDrive:/methods.csv -Value 'mine'
        (Get-Failure { $Asa | Export-MfaMethod TestDrive:/methods.csv }).FullyQualifiedErrorId | Should -Be 'fileExists,Export-MfaMethod'
        $Asa | Export-MfaMethod TestDrive:/methods.csv -Force
        (Import-Csv TestDrive:/methods.csv -Encoding UTF8).UPN | Should -Be $Asa
    }
    It 'leaves out who cannot be read, and writes no empty file' {
        'nobody@contoso.com', $Asa | Export-MfaMethod TestDrive:/methods.csv -ErrorAction SilentlyContinue -ErrorVariable errors
        @(Import-Csv TestDrive:/methods.csv).Count | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -Be 'userNotFound,Export-MfaMethod'
        (Get-Failure { 'nobody@contoso.com' | Export-MfaMethod TestDrive:/none.csv -ErrorAction SilentlyContinue }).FullyQualifiedErrorId | Should -Be 'noUsers,Export-MfaMethod'
        Test-Path TestDrive:/none.csv | Should -BeFalse
    }
    It 'keeps the rows it has beside the file when reading stops: <what>' -ForEach @(
        @{ what = 'no answer'; status = 0; id = 'noAnswer' }, @{ what = 'a proof that has expired'; status = 401; id = 'http401' }
    ) {
        $users = Get-Crowd 5
        Add-Answer $status -Close:($status -eq 0) -After 3 -Times 9 -Path 'GET .*methods$'
        $failure = Get-Failure { $users | Export-MfaMethod TestDrive:/methods.csv -WarningAction SilentlyContinue }
        $failure.FullyQualifiedErrorId | Should -Be "$id,Export-MfaMethod"
        (Import-Csv $part -Encoding UTF8).UPN | Should -Be $users[0..2]
        Test-Path $file | Should -BeFalse
        $said = & { try { $users | Export-MfaMethod TestDrive:/methods.csv -Force } catch { "$_" } } 3>&1
        "$($said[0])" | Should -Be 'Reading stopped at user 1 of 5. No file was written.'
    }
    It 'leaves a whole file alone when reading stops, and says which rows are missing' -ForEach @(@{ full = $false }, @{ full = $true }) {
        $users = Get-Crowd 5
        $users | Export-MfaMethod TestDrive:/methods.csv -Full:$full
        $before = [IO.File]::ReadAllText($file)
        Add-Answer 401 -After 3 -Times 1 -Path 'GET .*methods'
        $said = & { try { $users | Export-MfaMethod TestDrive:/methods.csv -Full:$full -Force } catch { 'stopped' } } 3>&1
        "$said" | Should -Be "Reading stopped at user 4 of 5. The users read so far are in $part; $file was not written. stopped"
        [IO.File]::ReadAllText($file) | Should -Be $before
        (Import-Csv $part -Encoding UTF8).UPN | Should -Be $users[0..2]
        # The next one that is complete needs it no longer.
        $users | Export-MfaMethod TestDrive:/methods.csv -Full:$full -Force
        @(Import-Csv $file).Count | Should -Be 5
        Test-Path $part | Should -BeFalse
    }
    It 'has all rows on the disk before it touches the file' -Skip:(-not (Test-Path -LiteralPath /dev/full)) {
        # A disk that is full, but for this file alone.
        $null = New-Item -ItemType SymbolicLink -Path TestDrive:/methods.csv -Target /dev/full
        $failure = Get-Failure { $Asa | Export-MfaMethod TestDrive:/methods.csv -Force }
        "$failure" | Should -BeLike "The file cannot be written: *All rows are in $part."
        (Import-Csv $part -Encoding UTF8).UPN | Should -Be $Asa
    }
    It 'shows whole numbers to nobody else on the machine' -Skip:([Environment]::OSVersion.Platform -ne 'Unix') {
        $Asa | Export-MfaMethod TestDrive:/methods.csv
        chmod 664 $file
        $Asa | Export-MfaMethod TestDrive:/methods.csv -Full -Force
        (Get-Item $file).UnixMode | Should -Be '-rw-rw----'
        Set-Content $part -Value 'from before'
        $users = @($Asa) + @(Get-Crowd 3)
        Add-Answer 401 -After 2 -Times 1 -Path 'GET .*methods'
        $null = Get-Failure { $users | Export-MfaMethod TestDrive:/methods.csv -Full -Force -WarningAction SilentlyContinue }
        (Get-Item $part).UnixMode | Should -Be '-rw-------'
        Remove-Item $file
        $Asa | Export-MfaMethod TestDrive:/methods.csv -Full
        (Get-Item $file).UnixMode | Should -Be '-rw-------'
        (Import-Csv $file -Encoding UTF8).Mobile | Should -Be "'+46 701740613"
    }
    It 'keeps the rows beside the file when the script is stopped' {
        $null = Invoke-Answering 0 "'x'"
        $shell = [powershell]::Create()
        $shell.Runspace = $global:AnsweringShell.Runspace
        Add-Answer 429 @{ code = 'tooManyRequests'; detail = 'x' } @{ 'Retry-After' = '60' } -After 1 -Times 9 -Path 'GET .*methods'
        $running = $shell.AddScript("'$(@($Asa, 'bjorn.berg@contoso.com') -join "', '")' | Export-MfaMethod '$file' -Full").BeginInvoke()
        while (@(Get-Sent).Count -lt 2 -and -not $running.IsCompleted) { Start-Sleep -Milliseconds 50 }
        $shell.Stop()
        (Import-Csv $part -Encoding UTF8).UPN | Should -Be $Asa
        Test-Path $file | Should -BeFalse
    }
    It 'keeps the rows it has where the script stops at errors' {
        $failure = Get-Failure { $Asa, 'nobody@contoso.com', 'bjorn.berg@contoso.com' | Export-MfaMethod TestDrive:/methods.csv -ErrorAction Stop -WarningAction SilentlyContinue }
        $failure.FullyQualifiedErrorId | Should -BeLike 'userNotFound,*'
        (Import-Csv $part -Encoding UTF8).UPN | Should -Be $Asa
    }
    It 'goes on with -ErrorAction Continue in a script that stops at errors, unless nobody can be read' {
        $ErrorActionPreference = 'Stop'
        'nobody@contoso.com', $Asa | Export-MfaMethod TestDrive:/methods.csv -ErrorAction Continue 2>$null
        (Import-Csv $file -Encoding UTF8).UPN | Should -Be $Asa
        $after = 'ended'
        try { $Asa | Export-MfaMethod TestDrive:/methods.csv -Force -Connection wrong -ErrorAction Continue -WarningAction SilentlyContinue; $after = 'went on' } catch { "$_" | Should -BeLike '401*' }
        $after | Should -Be 'ended'
    }
    It 'reads nobody where the file cannot be written' {
        $failure = Get-Failure { $Asa | Export-MfaMethod TestDrive:/missing/methods.csv }
        $failure.FullyQualifiedErrorId | Should -Be 'fileNotWritten,Export-MfaMethod'
        (Get-Failure { $Asa | Export-MfaMethod $TestDrive -Force }).FullyQualifiedErrorId | Should -Be 'fileNotWritten,Export-MfaMethod'
        Get-Sent | Should -BeNullOrEmpty
    }
    It 'reads nobody and writes no file with -WhatIf, its own or that of the function that calls it' {
        function Save-Methods { [CmdletBinding(SupportsShouldProcess)] param() $Asa | Export-MfaMethod TestDrive:/methods.csv }
        Save-Methods -WhatIf
        $Asa | Export-MfaMethod TestDrive:/methods.csv -WhatIf
        Test-Path TestDrive:/methods.csv | Should -BeFalse
        Get-Sent | Should -BeNullOrEmpty
        Save-Methods
        Test-Path TestDrive:/methods.csv | Should -BeTrue
    }
}
