# No stream, error, variable or object shows a secret or a whole number.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # In clear, and as CliXml and other systems than Windows write a SecureString: the hexadecimal digits of UTF-16.
    function Get-Spelling([string] $Secret) {
        $Secret
        ([BitConverter]::ToString([Text.Encoding]::Unicode.GetBytes($Secret)) -replace '-').ToLowerInvariant()
        [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Secret))
    }
    $Secrets = @('key', 'masterKey', 'handshake', 'explicit', 'feed', 'board', 'signingSecret', 'token' | ForEach-Object { Get-Spelling $Sandbox.$_ }) +
    @(Get-Spelling 'sandbox-wrong-not-real')

    function Assert-Silent([string] $Text, [string[]] $AlsoNot = @()) {
        $Text.Length | Should -BeGreaterThan 0
        foreach ($secret in $Secrets + $AlsoNot) { $Text.ToLowerInvariant().Contains($secret.ToLowerInvariant()) | Should -BeFalse -Because "$secret must not be shown" }
    }

    # Everything that these calls write to any stream, with -Debug and -Verbose.
    function Invoke-Loud {
        $loud = @{ Verbose = $true; Debug = $true; InformationAction = 'Continue' }
        & {
            $DebugPreference = 'Continue'
            $VerbosePreference = 'Continue'
            Connect-Sandbox
            foreach ($name in 'Default', 'feed', 'board', 'hr', 'iam', 'wrong') {
                try { Test-MfaWebhook -Connection $name @loud } catch { Write-Error $_ }
                try { Sync-MfaPhone bjorn.berg@contoso.com -Connection $name -WhatIf @loud } catch { Write-Error $_ }
                try { Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -Connection $name -Confirm:$false @loud } catch { Write-Error $_ }
                try { Get-MfaMethod eva.null@contoso.com -Connection $name @loud } catch { Write-Error $_ }
                try { Get-MfaJob -Connection $name @loud | Select-Object -First 2 } catch { Write-Error $_ }
            }
            try { Test-MfaWebhook -MasterKey (ConvertTo-Secret $Sandbox.masterKey) @loud } catch { Write-Error $_ }
            try { 'x', 'y' | Set-MfaMethod -Mobile '+46 701740690' -Confirm:$false @loud } catch { Write-Error $_ }
            Add-Answer 0 -Close
            try { Set-MfaMethod eva.null@contoso.com -Mobile '+46 701740690' -Confirm:$false @loud } catch { Write-Error $_ }
            Add-Answer 503 @{ code = 'busy'; detail = 'x' } @{ 'Retry-After' = '0' }
            try { Sync-MfaPhone bjorn.berg@contoso.com -WhatIf @loud } catch { Write-Error $_ }
        } *>&1
    }
}

Describe 'Secrets' {
    BeforeAll {
        Reset-Sandbox
        $global:Error.Clear()
        $All = Invoke-Loud
        $Errors = @($global:Error | Select-Object -First 25)
    }
    BeforeEach { Reset-Sandbox }
    It 'are in no stream, with -Debug and -Verbose, whatever goes wrong' {
        @($All | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Count | Should -BeGreaterThan 20
        @($All | Where-Object { $_ -is [Management.Automation.ErrorRecord] }).Count | Should -BeGreaterThan 5
        Assert-Silent ($All | Where-Object { $_ -isnot [Management.Automation.ErrorRecord] } | Out-String -Width 500) '701740690'
        Assert-Silent ($All | Out-String -Width 500)
        Assert-Silent ($All | Format-List * -Force | Out-String -Width 500)
    }
    It 'are in no error that stays, printed, as JSON or as CliXml' {
        $Errors.Count | Should -BeGreaterThan 5
        Assert-Silent ($Errors | Format-List * -Force | Out-String -Width 500)
        Assert-Silent ($Errors.Exception | Format-List * -Force | Out-String -Width 500)
        # An error repeats the line of the caller's script, with the number in it; the module adds none.
        Assert-Silent ($Errors | ForEach-Object { "$_ $($_.TargetObject | Out-String)" } | Out-String -Width 500) '701740690'
        Assert-Silent (($Errors | ConvertTo-Json -Depth 3 -WarningAction SilentlyContinue) -join '')
        $path = Join-Path $TestDrive 'errors.xml'
        $Errors | Export-Clixml -Path $path -Depth 5
        Assert-Silent ([IO.File]::ReadAllText($path))
    }
    It 'are in no variable, and in nothing that a connection shows' {
        Connect-Sandbox
        $made = Connect-MfaWebhook $Sandbox.url -FunctionKey (ConvertTo-Secret $Sandbox.key) -Handshake (ConvertTo-Secret $Sandbox.handshake)
        Assert-Silent ($made | Format-List * -Force | Out-String)
        $path = Join-Path $TestDrive 'made.xml'
        $made | Export-Clixml -Path $path
        Assert-Silent ([IO.File]::ReadAllText($path))
        Assert-Silent (Get-Module MfaWebhook | Format-List * -Force | Out-String -Width 500)
        Get-Variable -Scope Global | Where-Object { $_.Value -is [securestring] } | Should -BeNullOrEmpty
        InModuleScope MfaWebhook { $script:Connections.Values | Format-List * -Force | Out-String } | Should -Not -BeLike '*not-real*'
    }
    It 'are in no trace of the module' {
        $path = Join-Path $TestDrive 'trace.ps1'
        Set-Content -Path $path -Value @(
            ". '$PSScriptRoot/Support.ps1'; Connect-Sandbox; Set-PSDebug -Trace 2"
            "`$null = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf; `$null = Sync-MfaPhone bjorn.berg@contoso.com -WhatIf -Connection hr"
            'Set-PSDebug -Off'
        )
        $shell = (Get-Process -Id $PID).Path
        $traced = & $shell -NoProfile -NonInteractive -File $path *>&1 | Out-String -Width 500
        # What the trace shows of the test itself comes before.
        $traced = $traced.Substring($traced.IndexOf('Sync-MfaPhone'))
        $traced | Should -BeLike '*Send-MfaHttp*'
        Assert-Silent $traced
    }
}
