import { auditVerification } from '../audit-verification.ts';

const { exitCode, output } = await auditVerification(process.argv.slice(2));
(exitCode === 2 ? process.stderr : process.stdout).write(output);
process.exitCode = exitCode;
