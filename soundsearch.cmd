@echo off
rem Builds SoundSearch when its sources changed, then runs it. Needs the .NET SDK (global.json says which).
setlocal
set "root=%~dp0"
set "out=%root%Cli\bin\Release\net10.0"
powershell -NoProfile -Command "$s='%out%\.built'; if (-not (Test-Path $s)) { exit 1 }; $t=(Get-Item -Force $s).LastWriteTime; $d='Engine','Query','Indexer','Training','Cli','models' | ForEach-Object { '%root%' + $_ }; $f='Directory.Build.props','Directory.Packages.props','global.json' | ForEach-Object { '%root%' + $_ }; if (Get-ChildItem -Recurse -File $d,$f -ErrorAction SilentlyContinue | Where-Object { $_.FullName -notmatch '\\(bin|obj)\\' -and $_.LastWriteTime -gt $t } | Select-Object -First 1) { exit 1 }"
if errorlevel 1 (
    echo soundsearch: building ^(once, after a change^) ... 1>&2
    dotnet build "%root%Cli\Cli.csproj" -c Release -f net10.0 --nologo -v quiet -clp:ErrorsOnly 1>&2 || exit /b 1
    type nul > "%out%\.built"
)
dotnet "%out%\soundsearch.dll" %*
exit /b %errorlevel%
