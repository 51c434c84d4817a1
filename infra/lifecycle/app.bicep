// Trigger, function key, call. Sources: Lifecycle Workflows, "Configure a Logic App"; Logic Apps, "Authenticate with
// managed identity", "Asynchronous request-response".

param name string
param location string
param functionAppName string
param vaultName string
param keySecretName string
param audience string
param tags { *: string }

// Lifecycle Workflows, in every tenant of the public cloud.
var workflowsApp = 'ce79fdc4-cd1d-4ea5-8139-e74d7dbe0bb7'

resource functionApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    accessControl: {
      triggers: {
        // Without this, whoever has the trigger's URL with its signature gets in beside the policy below (Entra, "Best
        // practices for securing the custom extension extensibility to Azure Logic Apps"). The API version has no type for it.
        #disable-next-line BCP037
        sasAuthenticationPolicy: {
          state: 'Disabled'
        }
        // Only Lifecycle Workflows of this tenant, by a token that is bound to this Logic App.
        openAuthenticationPolicies: {
          policies: {
            AzureADLifecycleWorkflowsAuthPolicy: {
              type: 'AADPOP'
              claims: [
                {
                  name: 'iss'
                  value: 'https://sts.windows.net/${tenant().tenantId}/'
                }
                {
                  name: 'aud'
                  value: take(environment().resourceManager, length(environment().resourceManager) - 1)
                }
                {
                  name: 'appid'
                  value: workflowsApp
                }
                {
                  name: 'm'
                  value: 'POST'
                }
                {
                  name: 'u'
                  value: replace(replace(environment().resourceManager, 'https://', ''), '/', '')
                }
                {
                  name: 'p'
                  value: resourceId('Microsoft.Logic/workflows', name)
                }
              ]
            }
          }
        }
      }
    }
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      triggers: {
        manual: {
          type: 'Request'
          kind: 'Http'
          inputs: {
            method: 'POST'
            schema: {
              type: 'object'
              required: [
                'data'
              ]
            }
          }
        }
      }
      actions: {
        function_key: {
          type: 'Http'
          inputs: {
            method: 'GET'
            uri: 'https://${vaultName}${environment().suffixes.keyvaultDns}/secrets/${keySecretName}?api-version=7.4'
            authentication: {
              type: 'ManagedServiceIdentity'
              audience: 'https://${replace(environment().suffixes.keyvaultDns, '.vault', 'vault')}'
            }
          }
          runAfter: {}
          // The key stays out of the history of runs.
          runtimeConfiguration: {
            secureData: {
              properties: [
                'inputs'
                'outputs'
              ]
            }
          }
        }
        hand_on: {
          type: 'Http'
          inputs: {
            method: 'POST'
            uri: 'https://${functionApp.properties.defaultHostName}/api/lifecycle'
            headers: {
              'Content-Type': 'application/json'
              'x-functions-key': '@body(\'function_key\')[\'value\']'
            }
            body: '@triggerBody()'
            authentication: {
              type: 'ManagedServiceIdentity'
              audience: audience
            }
            // Many users at once: 429 and 503 are sent again, and the same task is the same job.
            retryPolicy: {
              type: 'exponential'
              count: 10
              interval: 'PT10S'
              minimumInterval: 'PT10S'
              maximumInterval: 'PT5M'
            }
          }
          // The answer is 202 with a Location, which Logic Apps would ask again and again, without the key.
          operationOptions: 'DisableAsyncPattern'
          runAfter: {
            function_key: [
              'Succeeded'
            ]
          }
          // The envelope names a person.
          runtimeConfiguration: {
            secureData: {
              properties: [
                'inputs'
                'outputs'
              ]
            }
          }
        }
      }
    }
  }
}

output principalId string = workflow.identity.principalId
