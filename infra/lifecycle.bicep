// The Logic App between Lifecycle Workflows and the webhook, deployed beside it: docs/onboarding.md.
// A custom task extension can call nothing but a Logic App of the Consumption plan (Microsoft Learn, "Lifecycle Workflow
// extensibility"). This one hands the envelope on and no more: the webhook itself resumes the workflow.

targetScope = 'resourceGroup'

@description('Name of the Logic App, as the custom task extension has it')
param name string = 'logic-mfa-onboarding'

@description('Region of the Logic App')
param location string = resourceGroup().location

@description('Name of the function app of the webhook')
param functionAppName string

@description('Name of the key vault of the webhook')
param vaultName string

@description('Name of the secret in that vault that holds the function key')
param keySecretName string = 'lifecycle-function-key'

@description('Application ID URI of the webhook in App Service Authentication, as in api://<client id>')
param audience string

@description('Tags of the Logic App')
param tags { *: string } = {}

module logicApp 'lifecycle/app.bicep' = {
  params: {
    name: name
    location: location
    functionAppName: functionAppName
    vaultName: vaultName
    keySecretName: keySecretName
    audience: audience
    tags: tags
  }
}

module access 'lifecycle/access.bicep' = {
  params: {
    principalId: logicApp.outputs.principalId
    logicAppName: name
    vaultName: vaultName
    keySecretName: keySecretName
  }
}

@description('entraObjectId of the entry in CALLERS')
output principalId string = logicApp.outputs.principalId
