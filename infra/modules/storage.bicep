// Storage of the Functions host: its function keys and locks, the deployed package, everything that jobs keep, and the
// audit trail.
// Only identities get in. The network stays open because the app has no virtual network of its own.

param name string
param location string
param tags object
param jobRetentionDays int
param auditRetentionDays int
param auditLocked bool
param auditReadersGroupId string

var auditReaderRoles = empty(auditReadersGroupId) ? [] : [
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader: on the container of the audit trail alone, because others in the account hold the key of its tags
]

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
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

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'app-package'
  properties: {
    publicAccess: 'None'
  }
}

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'audit'
  properties: {
    publicAccess: 'None'
  }
}

// Blobs can be appended to and neither changed nor deleted, until they are as old as this. Whoever may change the policy
// can still remove it, until it is locked. That is a command (docs/operations.md), because no template can do it; a
// locked policy refuses what a template says about it.
resource auditRetention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = if (!auditLocked) {
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
resource retention 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
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

output name string = account.name
output packageContainerName string = packages.name
