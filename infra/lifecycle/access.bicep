// The Logic App reads one secret: the function key.

param principalId string
param logicAppName string
param vaultName string
param keySecretName string

var roles = [
  '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User: the Logic App reads the function key, and on this secret alone
]

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = {
  name: '${vaultName}/${keySecretName}'
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(secret.id, logicAppName, roles[0])
  scope: secret
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[0])
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
