# The module as a package: what Windows PowerShell 5.1 can read, what is exported, and what help says.
BeforeDiscovery {
    $root = [IO.Path]::Combine($PSScriptRoot, '..', 'MfaWebhook')
    $scripts = @(Get-ChildItem -Path $root -Recurse -Include *.ps1, *.psm1, *.psd1 | ForEach-Object { @{ name = $_.Name; path = $_.FullName } })
    $manifest = Import-PowerShellDataFile -Path (Join-Path $root 'MfaWebhook.psd1')
    $functions = @($manifest.FunctionsToExport | ForEach-Object { @{ name = $_ } })
}
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $Root = [IO.Path]::Combine($PSScriptRoot, '..', 'MfaWebhook')
    $NewTokens = 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr'
    $NewNodes = 'TernaryExpressionAst', 'PipelineChainAst'
    $NewCommands = 'Get-Error', 'Start-ThreadJob', 'Test-Json', 'Join-String', 'ConvertFrom-Markdown', 'Get-Uptime', 'Remove-Alias', 'ConvertTo-CliXml', 'ConvertFrom-CliXml'
    $NewVariables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'PSStyle'
    # Of .NET Core, and not of .NET Framework 4.6.2.
    $NewMembers = 'ToHexString', 'FromHexString', 'HashData', 'Latin1', 'Clamp', 'IsCompletedSuccessfully', 'UnixEpoch', 'TryAdd', 'GetValueOrDefault', 'EnumerateRunes', 'ReadAsStream', 'SocketsHttpHandler', 'Fill', 'TryFromBase64String'
    $NewParameters = @{
        'ConvertFrom-Json' = 'AsHashtable', 'NoEnumerate', 'Depth', 'DateKind'; 'ConvertTo-Json' = 'AsArray', 'EnumsAsStrings', 'EscapeHandling'
        'ForEach-Object' = 'Parallel', 'ThrottleLimit', 'AsJob', 'TimeoutSeconds'; 'ConvertFrom-SecureString' = @('AsPlainText')
        'Join-Path' = 'AdditionalChildPath', 'Extension'; 'Get-Content' = @('AsByteStream'); 'Set-Content' = @('AsByteStream')
        'Select-Object' = @('SkipIndex'); 'Start-Sleep' = @('Duration'); 'Split-Path' = 'Extension', 'LeafBase'; 'Select-String' = 'Raw', 'NoEmphasis'
        'Export-Csv' = 'UseQuotes', 'QuoteFields', 'NoHeader'; 'ConvertTo-Csv' = 'UseQuotes', 'QuoteFields', 'NoHeader'; 'Sort-Object' = 'Stable', 'Top', 'Bottom'
        'Invoke-WebRequest' = '.*'; 'Invoke-RestMethod' = '.*'; 'Import-PowerShellDataFile' = @('SkipLimitCheck'); 'Get-Random' = @('Shuffle')
    }

    # Everything in a script that 5.1 lacks, by its syntax tree. The two web cmdlets are not for this module at all.
    function Find-NewSyntax([string] $Text) {
        $tokens = $errors = $null
        $tree = [Management.Automation.Language.Parser]::ParseInput($Text, [ref] $tokens, [ref] $errors)
        foreach ($found in $errors) { "$found" }
        foreach ($token in $tokens) { if ("$($token.Kind)" -in $NewTokens) { "token $($token.Text)" } }
        foreach ($node in $tree.FindAll({ $true }, $true)) {
            if ($node.GetType().Name -in $NewNodes) { $node.GetType().Name }
            if ($node -is [Management.Automation.Language.VariableExpressionAst] -and $node.VariablePath.UserPath -in $NewVariables) { "`$$($node.VariablePath.UserPath)" }
            if ($node -is [Management.Automation.Language.MemberExpressionAst] -and "$($node.Member)" -in $NewMembers) { ".$($node.Member)" }
            if ($node -isnot [Management.Automation.Language.CommandAst]) { continue }
            $command = $node.GetCommandName()
            if ($command -in $NewCommands) { $command }
            if (-not $command -or -not $NewParameters.ContainsKey($command)) { continue }
            if ($NewParameters[$command] -eq '.*') { $command; continue }
            foreach ($given in $node.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                if ($given.ParameterName -in $NewParameters[$command]) { "$command -$($given.ParameterName)" }
            }
        }
    }
}

Describe 'Windows PowerShell 5.1' {
    It 'can run <name>' -ForEach $scripts {
        Find-NewSyntax ([IO.File]::ReadAllText($path)) | Should -BeNullOrEmpty
        # Without a mark 5.1 reads other characters as those of its country.
        [Text.Encoding]::GetEncoding(28591).GetString([IO.File]::ReadAllBytes($path)) | Should -Not -Match '[^\x00-\x7f]'
    }
    It 'is what this search knows: <text>' -Skip:($PSVersionTable.PSEdition -ne 'Core') -ForEach @(
        @{ text = '$a ? 1 : 2' }, @{ text = '$a ?? 1' }, @{ text = 'a && b' }, @{ text = '${a}?.b' }, @{ text = 'ConvertFrom-Json -AsHashtable' }, @{ text = '$IsWindows' }
        @{ text = '1 | ForEach-Object -Parallel { }' }, @{ text = '[Convert]::ToHexString($a)' }, @{ text = 'Invoke-RestMethod $uri' }, @{ text = 'Get-Error' }
    ) { Find-NewSyntax $text | Should -Not -BeNullOrEmpty }
}

Describe 'The package' {
    It 'has a manifest that the gallery takes' {
        $tested = Test-ModuleManifest -Path (Join-Path $Root 'MfaWebhook.psd1')
        $tested.PowerShellVersion | Should -Be '5.1'
        $tested.CompatiblePSEditions | Should -Be Desktop, Core
        $tested.Tags | Should -Contain PSEdition_Desktop
        $tested.LicenseUri | Should -Not -BeNullOrEmpty
        $tested.Description | Should -Not -BeNullOrEmpty
    }
    It 'exports its public functions, and nothing else' {
        $public = Get-ChildItem -Path (Join-Path $Root 'Public') | ForEach-Object BaseName
        (Get-Command -Module MfaWebhook).Name | Sort-Object | Should -Be ($public | Sort-Object)
        $verbs = (Get-Verb).Verb
        $public | ForEach-Object { $_.Split('-')[0] } | Where-Object { $_ -notin $verbs } | Should -BeNullOrEmpty
    }
    It 'has a page about the module' {
        [IO.File]::ReadAllText([IO.Path]::Combine($Root, 'en-US', 'about_MfaWebhook.help.txt')) | Should -BeLike '*CONSTRAINED LANGUAGE MODE*'
    }
}

Describe '<name>' -ForEach $functions {
    It 'has help for itself, each parameter, and an example' {
        $help = Get-Help -Name $name -Full
        $help.Synopsis | Should -Not -BeLike "*$name*"
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterThan 0
        $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
        foreach ($parameter in (Get-Command $name).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $described = @($help.parameters.parameter | Where-Object name -eq $parameter)
            "$parameter $($described.description.Text)".Trim() | Should -Not -Be $parameter
        }
    }
    It 'asks first, if it can remove something' {
        $attribute = (Get-Command $name).ScriptBlock.Attributes | Where-Object { $_ -is [Management.Automation.CmdletBindingAttribute] }
        $asks = $attribute.SupportsShouldProcess -and $attribute.ConfirmImpact -eq 'High'
        $asks | Should -Be ($name -in 'Sync-MfaPhone', 'Set-MfaMethod', 'Import-MfaTable', 'Invoke-MfaPlan')
    }
}
