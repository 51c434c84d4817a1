# What the screen shows of results, methods and checks: names that one looks up are never cut.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Get-Shown($Objects) { ($Objects | Out-String -Width 80) -replace '\x1b\[[0-9;]*m' }
}

Describe 'In 80 columns' {
    BeforeEach { Reset-Sandbox }
    It 'a code is whole' {
        # The longest code of a user.
        Add-Answer 200 '{"results":[{"userPrincipalName":"anna.andersson@contoso.com","status":"failed","code":"phoneNumberNotUnique","message":"x"}]}' -Type application/json
        Get-Shown (Sync-MfaPhone anna.andersson@contoso.com -Confirm:$false) | Should -BeLike '*anna.andersson@contoso.com*failed*phoneNumberNotUnique x*'
    }
    It 'a method is whole' {
        $found = Get-MfaMethod mia.manymethods@contoso.com
        $found.Method | Should -Contain windowsHelloForBusiness
        foreach ($one in $found) { Get-Shown $found | Should -Match "\b$($one.Method)\b" }
        $change = [pscustomobject] @{ PSTypeName = 'MfaWebhook.Change'; method = 'windowsHelloForBusiness'; action = 'remove'; before = $null; after = $null; status = 'planned'; code = $null }
        Get-Shown $change | Should -BeLike '*windowsHelloForBusiness remove*'
    }
    It 'a check is whole' {
        $lines = Test-MfaWebhook -MasterKey (ConvertTo-Secret $Sandbox.masterKey)
        $lines.Name | Should -Contain 'secret webhook-handshake-explicit'
        $shown = Get-Shown $lines
        foreach ($one in $lines) { $shown | Should -BeLike "*$($one.Name)*" }
    }
}
