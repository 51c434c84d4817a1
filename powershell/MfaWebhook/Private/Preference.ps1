# A module's functions do not see the preferences of the script that calls them: -WhatIf of the caller's own function
# would write. This takes them over, except where the call itself has the parameter.
function Use-MfaCallerPreference($Cmdlet) {
    $given = $Cmdlet.MyInvocation.BoundParameters
    $names = @{
        WhatIfPreference = 'WhatIf'; ConfirmPreference = 'Confirm'; ErrorActionPreference = 'ErrorAction'
        WarningPreference = 'WarningAction'; VerbosePreference = 'Verbose'; ProgressPreference = 'ProgressAction'
    }
    foreach ($name in $names.Keys) {
        if (-not $given.ContainsKey($names[$name])) {
            $value = $Cmdlet.SessionState.PSVariable.GetValue($name)
            Set-Variable -Name $name -Value $value -Scope 1 -WhatIf:$false -Confirm:$false
        }
    }
}

# WhatIf: plan only. Ask: show the plan, then ask. Write: neither.
function Get-MfaMode {
    if ($WhatIfPreference) { 'WhatIf' } elseif ("$ConfirmPreference" -ne 'None') { 'Ask' } else { 'Write' }
}

function Read-MfaConsent($Cmdlet, [string] $What, [string] $Text) {
    $nl = [Environment]::NewLine
    try { $Cmdlet.ShouldProcess("$($Cmdlet.MyInvocation.MyCommand): $What", "$Text${nl}Write this plan?", 'MFA webhook') }
    catch [Management.Automation.PSInvalidOperationException], [Management.Automation.Host.HostException], [NotImplementedException] {
        Stop-MfaCommand $Cmdlet 'cannotAsk' 'InvalidOperation' ("Nothing was written: this session cannot ask a question. " +
            'Use -WhatIf to see the plan, and -Confirm:$false to write without a question.')
    }
}
