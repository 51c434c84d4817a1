// Storage of the Functions host: its function keys and locks, the deployed package, everything that jobs keep, and the
// audit trail.
// Only identities get in. The network stays open because the app has no virtual network of its own.

import { Tags } from '../types.bicep'

param name string
param location string
param tags Tags
param workspaceName string
param jobRetentionDays int
param auditRetentionDays int
param auditLocked bool
param auditReadersGroupId string
param deleteLock bool

var deletedDays = 7
var auditReaderRoles = empty(auditReadersGroupId) ? [] : [
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader: on the container of the audit trail alone, because others in the account hold the key of its tags
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-06-01' = {
  parent: account
  name: 'default'
  properties: {
    // What is deleted or overwritten by mistake can be had back for a week: docs/operations.md.
    deleteRetentionPolicy: {
      enabled: true
      days: deletedDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: deletedDays
    }
  }
}

// Who read, wrote or deleted which blob: the key of the app, the ledger and the audit trail are blobs. Not of queues and
// tables, which hold the work of jobs and no name of a user.
resource access 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'access'
  scope: blobs
  properties: {
    workspaceId: workspace.id
    logs: [for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: {
      category: category
      enabled: true
    }]
  }
}

resource noDelete 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'no-delete'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the audit trail, the jobs and the key of the app'
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-06-01' = {
  parent: blobs
  name: 'app-package'
  properties: {
    publicAccess: 'None'
  }
}

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-06-01' = {
  parent: blobs
  name: 'audit'
  properties: {
    publicAccess: 'None'
  }
}

// Blobs can be appended to and neither changed nor deleted, until they are as old as this. Whoever may change the policy
// can still remove it, until it is locked. That is a command (docs/operations.md), because no template can do it; a
// locked policy refuses what a template says about it.
resource auditRetention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2026-06-01' = if (!auditLocked) {
  parent: audit
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: auditRetentionDays
    allowProtectedAppendWrites: true
  }
}

resource auditAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in auditReaderRoles: {
  name: guid(audit.id, auditReadersGroupId, role)
  scope: audit
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: auditReadersGroupId
    principalType: 'Group'
  }
}]

// The app makes the containers `jobs` and `records` itself. It never deletes a blob in `jobs`, and purges the history of
// the same age. Under `records/ids/` are the ids of signed calls, which are good once: a signature is too old after
// minutes, so a day is plenty. Nothing else in `records` may go: the key of the app is there.
resource retention 'Microsoft.Storage/storageAccounts/managementPolicies@2026-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'jobs'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'jobs/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: jobRetentionDays
                }
              }
            }
          }
        }
        {
          name: 'audit'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'appendBlob'
              ]
              prefixMatch: [
                'audit/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: auditRetentionDays + 30
                }
              }
            }
          }
        }
        {
          name: 'used-ids'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'records/ids/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: 1
                }
              }
            }
          }
        }
      ]
    }
  }
}
