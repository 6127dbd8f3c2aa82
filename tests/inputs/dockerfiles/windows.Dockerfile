# escape=`
# A Windows image: backslashes in paths, PowerShell as the shell, users of its own.
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
USER ContainerAdministrator
RUN New-Item -ItemType Directory C:\app; `
    Set-Content C:\app\name.txt app
WORKDIR C:\app
COPY app.ps1 C:\app\
USER ContainerUser
RUN Get-Content C:\app\name.txt
USER ContainerAdministrator
RUN net user dev /add
USER dev
CMD ["powershell", "C:\\app\\app.ps1"]
