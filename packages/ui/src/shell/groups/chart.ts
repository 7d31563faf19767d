export { ChartPage } from '../../screens/chart/chart-page.tsx'
export { ElsewhereChart } from '../../screens/elsewhere/elsewhere-chart.tsx'
export { Elsewhere } from '../../screens/elsewhere/elsewhere.tsx'
