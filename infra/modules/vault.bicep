// The vault that holds the handshakes, the secrets of callers (`webhook-caller-<name>`), those of the sign-in and
// `audit-key`, the app's own key. No secret is a parameter here: the operator writes them with infra/secrets.ps1 or .sh,
// which makes handshakes and `audit-key` where there are none. access.bicep gives whoever deploys the role for it.
// The network stays open because Functions is not a trusted service of Key Vault (Key Vault: Common error codes)
// and the app has no virtual network of its own; every read needs a role and lands in the audit log.

import { Tags } from '../types.bicep'

param name string
param location string
param tags Tags
param workspaceName string
param deleteLock bool

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
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
    workspaceId: workspace.id
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

resource noDelete 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'no-delete'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the secrets of the webhook and of its callers'
  }
}
