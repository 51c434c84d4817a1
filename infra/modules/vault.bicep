// The vault that holds the handshakes, the secrets of callers (`webhook-caller-<name>`) and those of the sign-in.
// The operator writes them; no secret is a parameter here.
// The network stays open because Functions is not a trusted service of Key Vault (Key Vault: Common error codes)
// and the app has no virtual network of its own; every read needs a role and lands in the audit log.

param name string
param location string
param tags object
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
  }
}

// Who read or changed which secret, and who was refused.
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

output name string = vault.name
// The setting is written without the slash that properties.vaultUri ends with.
output url string = 'https://${vault.name}${environment().suffixes.keyvaultDns}'
