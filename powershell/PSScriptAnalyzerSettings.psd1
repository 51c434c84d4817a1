@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        'PSShouldProcess'                               # Read-MfaConsent asks for all of them, when the plan is known
        'PSUseShouldProcessForStateChangingFunctions'   # private functions that make objects
        'PSUseSingularNouns'                            # private functions that return several
    )
    Rules        = @{ PSUseCompatibleSyntax = @{ Enable = $true; TargetVersions = @('5.1', '7.0') } }
}
