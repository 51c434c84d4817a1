@{
    RootModule           = 'MfaWebhook.psm1'
    ModuleVersion        = '1.0.0'
    GUID                 = '5d1c2b0e-8a57-4c5e-9a3a-6f0e3b1d7c42'
    Author               = 'The contributors'
    CompanyName          = 'The contributors'
    Copyright            = '(c) 2026 The contributors. MIT License.'
    Description          = 'Calls the MFA phone method webhook: keeps the MFA phone numbers of users in Microsoft Entra ID in sync with the directory, with a dry run for -WhatIf and the plan shown before anything is written.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FormatsToProcess     = @('MfaWebhook.format.ps1xml')
    FunctionsToExport    = @(
        'Connect-MfaWebhook', 'Test-MfaWebhook', 'Sync-MfaPhone', 'Set-MfaMethod', 'Import-MfaTable', 'Get-MfaMethod',
        'Export-MfaMethod', 'Get-MfaJob', 'Wait-MfaJob', 'Stop-MfaJob', 'Receive-MfaJob', 'Invoke-MfaPlan'
    )
    CmdletsToExport      = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('MFA', 'Entra', 'EntraID', 'AzureAD', 'Phone', 'Authentication', 'Webhook', 'AzureFunctions', 'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'The first version. Needs a webhook of the same release; its CHANGELOG.md says what is new.'
        }
    }
}
