// What the app's identity may do in Azure, and what whoever deploys may do beside. What the identity may do in Microsoft
// Graph is granted by hand: docs/deploy.md.
// Sources: Azure built-in roles; Functions developer guide, "Connecting to host storage with an identity".

param principalId string
param deployerId string
param storageName string
param vaultName string
param insightsName string

var storageRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner: the host keeps function keys and locks in blobs and reads its package, jobs keep their lists and results there
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor: Durable Functions hands out the work of jobs through queues
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor: Durable Functions keeps histories in tables, the host its diagnostic events
]
var vaultRoles = [
  '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User: the webhook reads the handshakes, the secrets of callers and those of the sign-in, never writes them
]
var deployerRoles = [
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7' // Key Vault Secrets Officer: whoever deploys writes the secrets next, and the role takes minutes to work
]
var insightsRoles = [
  '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher: telemetry is sent as this identity because keys are off
]

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource storageAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in storageRoles: {
  name: guid(account.id, principalId, role)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]

resource vaultAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in vaultRoles: {
  name: guid(vault.id, principalId, role)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]

// Without principalType: a person deploys, or a pipeline.
resource deployerAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in deployerRoles: {
  name: guid(vault.id, deployerId, role)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: deployerId
  }
}]

resource insightsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in insightsRoles: {
  name: guid(insights.id, principalId, role)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]
