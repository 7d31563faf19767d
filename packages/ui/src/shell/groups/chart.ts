export { ChartPage } from '../../screens/chart/chart-page.tsx'
