# What PowerShell 7 sends, byte for byte: recorded/ holds it. tests/whole/test_powershell.py sends these bytes to the
# webhook. With MFA_TEST_RECORD set, the recordings are written anew instead of compared.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $Asa = "$([char] 0xe5)sa.$([char] 0xf6)berg@contoso.com"
    $Ascii = [Text.Encoding]::GetEncoding(28591)

    # As text of one byte a character. What belongs to this machine and this minute is replaced.
    function Get-Recording($Sent) {
        $lines = foreach ($line in $Sent.head) {
            $name, $value = $line -split ': ', 2
            switch ($name) {
                'Host' { 'Host: app.example' }
                'Message' { 'Message: HANDSHAKE' }
                'x-functions-key' { 'x-functions-key: KEY' }
                'Idempotency-Key' { 'Idempotency-Key: 00000000-0000-4000-8000-000000000000' }
                'User-Agent' { "User-Agent: $($value -replace '(?<=/)(\d+)\.[\d.]+', '$1')" }
                'webhook-id' { 'webhook-id: ID' }
                'webhook-timestamp' { 'webhook-timestamp: 0' }
                'webhook-signature' { 'webhook-signature: v1,SIGNATURE' }
                default { $line }
            }
        }
        $body = $Ascii.GetString([Text.Encoding]::UTF8.GetBytes($Sent.body)) -replace '"idempotencyKey":"[^"]+"', '"idempotencyKey":"00000000-0000-4000-8000-000000000000"'
        (@($lines[0]) + ($lines | Select-Object -Skip 1 | Sort-Object) -join "`n") + "`n`n" + $body
    }
}

Describe 'PowerShell 7 sends' -Skip:($PSVersionTable.PSEdition -ne 'Core') {
    BeforeEach { Reset-Sandbox }
    It '<name> as it is recorded' -ForEach @(
        @{ name = 'list'; call = { "siobhan.o'brien@contoso.com", $Asa | Sync-MfaPhone -Confirm:$false } }
        @{ name = 'one-user'; call = { Sync-MfaPhone bjorn.berg@contoso.com -Confirm:$false } }
        @{ name = 'dry-run'; call = { Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Reason 'ticket 4711' } }
        @{ name = 'values'; call = { [pscustomobject] @{ UserPrincipalName = $Asa; mobile = '+46 70-174 06 30'; office = '+46 701740631' }, [pscustomobject] @{ UserPrincipalName = 'emil.emailonly@contoso.com'; mobile = '070-174 06 32' } | Set-MfaMethod -Remove email -Confirm:$false } }
        @{ name = 'table'; call = { Import-MfaTable "$PSScriptRoot/recorded/table.csv" -Confirm:$false } }
        @{ name = 'signed'; call = { $Asa | Sync-MfaPhone -WhatIf -Connection hr } }
    ) {
        (& $call).status | Should -Not -Contain failed
        $found = Get-Recording @(Get-Sent)[0]
        $path = "$PSScriptRoot/recorded/$name.http"
        if ($env:MFA_TEST_RECORD) { [IO.File]::WriteAllBytes($path, $Ascii.GetBytes($found)) }
        $found | Should -Be $Ascii.GetString([IO.File]::ReadAllBytes($path))
    }
}
