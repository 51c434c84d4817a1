// The Flex Consumption plan and the function app on it.
// Flex refuses or ignores many settings of the other plans (App settings reference, "Flex Consumption plan deprecations");
// tests/infra/test_settings.py keeps them out.

import { Tags, WebhookSettings } from '../types.bicep'

param name string
param planName string
param location string
param tags Tags
param identityName string
param storageName string
param insightsName string
param webhookSettings WebhookSettings
param maxBodyBytes int
param authClientId string
param allowedCallerIps string
param outboundSubnetId string
param instanceMemoryMb int
param maximumInstanceCount int
param updateStrategy string

// Requests that one instance serves at the same time. Python's default on Flex is 1 (Concurrency in Azure Functions),
// which would start an instance for each call. A request mostly waits for Graph, and the requests of one instance share
// one pace towards Graph, so few instances with many requests each are throttled less than many instances. The app works
// on 16 lists at once; what comes on top of them are requests for few users, which it does not let wait for lists.
var requestsPerInstance = 32

// maxConcurrentActivityFunctions in host.json: chunks of jobs that one instance works on at the same time.
var activitiesPerInstance = 8

// A body that is a little longer than MAX_BODY_BYTES gets the webhook's own 413. The host refuses more than this before it
// reads it, with an empty 500: two bodies of 99 MB took 1.2 GB of an instance's memory before the webhook saw them.
var bodyHeadroomBytes = 1048576

var callerRanges = filter(split(replace(allowedCallerIps, ' ', ''), ','), range => !empty(range))

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app that a service of azure.yaml belongs to by this tag.
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Guess: a later deployment without this property would undo an integration made by hand, hence a parameter.
    virtualNetworkSubnetId: empty(outboundSubnetId) ? null : outboundSubnetId
    siteConfig: {
      minTlsVersion: '1.2'
      // Function key and handshake travel over the internet: with a list, only those callers can even try them.
      // Guess: Flex accepts these access restrictions and minTlsVersion; it refuses other site properties by name.
      ipSecurityRestrictionsDefaultAction: empty(allowedCallerIps) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [for (range, index) in callerRanges: {
        name: 'caller-${index}'
        priority: 100 + index
        action: 'Allow'
        ipAddress: range
      }]
      // Deployments come from wherever azd runs, and they need an Azure role.
      scmIpSecurityRestrictionsUseMain: false
    }
    // Microsoft Learn, "Site update strategies in Flex Consumption": siteUpdateStrategy. No API version has a type for it yet.
    #disable-next-line BCP037
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMb
        maximumInstanceCount: maximumInstanceCount
        triggers: {
          http: {
            perInstanceConcurrency: requestsPerInstance
          }
        }
      }
      ...(updateStrategy == 'RollingUpdate' ? { siteUpdateStrategy: { type: updateStrategy } } : {})
    }
  }
}

// Deployments sign in with Entra ID; the publishing user name and password are off.
// Guess: this policy works on Flex as on the other plans.
resource publishingPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

// App Service Authentication checks the tokens of Entra callers and passes their object id on. It turns nobody away for
// want of a token, because the other callers have none; the webhook itself asks each request for a proof. Whom of the
// tenant it lets in is a matter of CALLERS. Without a client id, authentication that was set up by hand stays as it is.
// Guess: Flex accepts it; its page named it as not supported in 2024 and does not any more.
resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (!empty(authClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: authClientId
          // Tokens of this tenant alone. Of version 2.0, which the registration has to ask for: docs/deploy.md.
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            authClientId
            'api://${authClientId}'
          ]
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
    httpSettings: {
      requireHttps: true
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(webhookSettings, {
    AZURE_CLIENT_ID: identity.properties.clientId
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AzureWebJobsStorage__blobServiceUri: account.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: account.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    // A chunk of a job occupies a thread of the worker until it is done. As many again are for orchestrators, which
    // must not wait for chunks. HTTP requests run on threads of the app.
    PYTHON_THREADPOOL_THREAD_COUNT: string(2 * activitiesPerInstance)
    // Without it a JSON object with the right three keys makes the durable library build an object of any class.
    AZURE_FUNCTIONS_DURABLE_STRICT_TYPING: '1'
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(maxBodyBytes + bodyHeadroomBytes)
    // Without it the root of the app answers everybody with a page of Microsoft's.
    AzureWebJobsDisableHomepage: 'true'
  })
}

output url string = 'https://${app.properties.defaultHostName}'
