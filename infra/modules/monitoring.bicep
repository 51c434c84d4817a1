// Logs and telemetry. Both refuse keys: only an identity with a role can write or read.

import { Tags } from '../types.bicep'

param workspaceName string
param insightsName string
param location string
param tags Tags
param logRetentionDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    // Of these, the tables of Application Insights keep 90 days and the others 31 at no price beside that of ingestion
    // (Azure Monitor Logs cost calculations). This is for the others: log-retention.bicep.
    retentionInDays: logRetentionDays
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}
